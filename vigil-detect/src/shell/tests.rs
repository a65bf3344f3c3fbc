//! What a shell is given to run.

use super::{Cut, From, How, Node, Part, Script, Simple, read};

/// The words of every simple command, in the order of the text, substitutions left out.
fn words(script: &Script<'_>) -> Vec<String> {
    fn walk(node: &Node<'_>, out: &mut Vec<String>) {
        match node {
            Node::Simple(simple) => out.push(said(simple)),
            Node::Pipe(nodes) => {
                for node in nodes {
                    walk(node, out);
                }
            }
            Node::Group { body, .. } | Node::For { body, .. } => {
                for step in body {
                    walk(&step.node, out);
                }
            }
            Node::Branches { parts, .. } => {
                for step in parts.iter().flatten() {
                    walk(&step.node, out);
                }
            }
            Node::Function { name, body } => out.push(format!("{name}: {body}")),
        }
    }
    let mut out = Vec::new();
    for step in &script.body {
        walk(&step.node, &mut out);
    }
    out
}

fn said(simple: &Simple<'_>) -> String {
    let words = simple
        .words
        .iter()
        .map(|word| word.literal().map_or("?".into(), |said| format!("[{said}]")));
    words.collect()
}

#[test]
fn quotes_and_escapes_are_taken_away() {
    let script = read(r#"a 'b c' "d \" $e" f\ g 'h'"i"\j $'k\n\x41' """#);

    assert_eq!(words(&script), ["[a][b c]?[f g][hij][k\nA][]"]);
}

#[test]
fn a_word_knows_where_it_stands() {
    let text = "x 'b c' d";
    let script = read(text);
    let Node::Simple(simple) = &script.body[0].node else { panic!("{script:?}") };

    let places: Vec<&str> = simple.words.iter().map(|word| &text[word.start..word.end]).collect();

    assert_eq!(places, ["x", "'b c'", "d"]);
}

#[test]
fn lists_and_pipes_are_taken_apart() {
    let script = read("a; b && c || d | e & f\ng # h\n! i |& j");

    assert_eq!(words(&script), ["[a]", "[b]", "[c]", "[d]", "[e]", "[f]", "[g]", "[i]", "[j]"]);
    let maybe: Vec<bool> = script.body.iter().map(|step| step.maybe).collect();
    assert_eq!(maybe, [false, false, true, true, false, false, false]);
}

#[test]
fn compound_commands_have_their_bodies() {
    let script = read(
        "if a; then b; elif c; then d; else e; fi; while f; do g; done; until h; do i; done\n\
         for x in 1 2; do j $x; done; case $y in (k|l) m ;; *) n;; esac; { o; }; (p; q) > r; [[ s && t ]]",
    );

    let expected = [
        "[a]",
        "[b]",
        "[c]",
        "[d]",
        "[e]",
        "[f]",
        "[g]",
        "[h]",
        "[i]",
        "[j]?",
        "[m]",
        "[n]",
        "[o]",
        "[p]",
        "[q]",
        "[[[][s][t]",
    ];
    assert_eq!(words(&script), expected);
}

#[test]
fn functions_keep_their_bodies_as_text() {
    let script = read("f() { a; b; }; function g { c; }\nh () (d)\nf 1");

    assert_eq!(words(&script), ["f: { a; b; }", "g: { c; }", "h: (d)", "[f][1]"]);
}

#[test]
fn here_documents_are_no_commands() {
    let script = read("a <<'E' | b <<-F\n$(c) d\nE\n\te $x\n\tF\ng");

    assert_eq!(words(&script), ["[a]", "[b]", "[g]"]);
    assert_eq!(script.documents[0].literal().as_deref(), Some("$(c) d\n"));
    assert!(
        script.documents[1]
            .parts
            .iter()
            .any(|part| matches!(part, Part::Variable(variable) if variable.name == "x"))
    );
}

#[test]
fn redirections_are_no_words() {
    let script = read("a > b 2>&1 c < d &> e <<< f 3>g h");
    let Node::Simple(simple) = &script.body[0].node else { panic!("{script:?}") };

    assert_eq!(words(&script), ["[a][c][h]"]);
    let texts = simple.redirects.iter().filter(|one| matches!(one.place, From::Text(_))).count();
    let files = simple.redirects.iter().filter(|one| matches!(one.place, From::File(_))).count();
    assert_eq!((simple.redirects.len(), texts, files), (6, 1, 3));
}

#[test]
fn substitutions_are_read_where_they_stand() {
    let script = read(r#"a $(b "$(c)") `d` "e$(f)" <(g) $((1 + $(h)))"#);
    let Node::Simple(simple) = &script.body[0].node else { panic!("{script:?}") };

    let kinds: Vec<&str> = simple
        .words
        .iter()
        .flat_map(|word| &word.parts)
        .map(|part| match part {
            Part::Text(_) => "text",
            Part::Output { .. } => "output",
            Part::Ticks { .. } => "ticks",
            Part::Process { .. } => "process",
            Part::Sum { inner, .. }
                if inner.iter().any(|part| matches!(part, Part::Output { .. })) =>
            {
                "sum of output"
            }
            _ => "other",
        })
        .collect();

    assert_eq!(kinds, ["text", "output", "ticks", "text", "output", "process", "sum of output"]);
}

#[test]
fn variables_say_what_is_done_with_them() {
    let script = read("a $b ${c} ${d:-e} ${f:+g} ${h[@]} ${i[2]} ${#j} ${k%%l} $1 $@");
    let Node::Simple(simple) = &script.body[0].node else { panic!("{script:?}") };

    let hows: Vec<String> = simple
        .words
        .iter()
        .flat_map(|word| &word.parts)
        .filter_map(|part| match part {
            Part::Variable(variable) => Some(format!(
                "{}:{}",
                variable.name,
                match variable.how {
                    How::Plain => "plain",
                    How::All => "all",
                    How::At(_) => "at",
                    How::Else(_) => "else",
                    How::Set(_) => "set",
                    How::Then(_) => "then",
                    How::Other(_) => "other",
                }
            )),
            _ => None,
        })
        .collect();

    assert_eq!(
        hows,
        [
            "b:plain", "c:plain", "d:else", "f:then", "h:all", "i:at", "j:other", "k:other",
            "1:plain", "@:all"
        ]
    );
}

#[test]
fn assignments_stand_before_the_words() {
    let script = read("A=1 B='x y' c D=2; E=(f g); H+=i");
    let assigns: Vec<(String, usize, bool)> = script
        .body
        .iter()
        .filter_map(|step| match &step.node {
            Node::Simple(simple) => Some(&simple.assigns),
            _ => None,
        })
        .flatten()
        .map(|assign| (assign.name.to_owned(), assign.values.len(), assign.more))
        .collect();

    let expected = [("A", 1, false), ("B", 1, false), ("E", 2, false), ("H", 1, true)];
    assert_eq!(assigns, expected.map(|(name, values, more)| (name.to_owned(), values, more)));
    assert_eq!(words(&script)[0], "[c][D=2]");
}

#[test]
fn what_is_too_deep_is_cut() {
    assert_eq!(read(&"(".repeat(1000)).cut, Some(Cut::Depth));
    assert_eq!(read(&"a ".repeat(200_000)).cut, Some(Cut::Length));
    assert_eq!(read("(a)").cut, None);
}
