use super::*;

const B: &str = "/**\n * Second.\n */\nexport type B = { \n/**\n * One.\n */\na: A, };\n\n";
const A: &str = "export type A = string;\n\n";

#[test]
fn the_order_of_printing_does_not_matter() {
    let head = "// Made.\n\n";

    let one = in_order(&[head, A, B].concat());
    let other = in_order(&[head, B, A].concat());

    assert_eq!(one, other);
    assert_eq!(
        one,
        "// Made.\n\nexport type A = string;\n\n\
         /**\n * Second.\n */\nexport type B = {\n/**\n * One.\n */\na: A, };\n"
    );
}
