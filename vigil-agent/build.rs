//! The dashboard is compiled in: a file that is added to it is a reason to compile again.

fn main() {
    println!("cargo::rerun-if-changed=dashboard");
}
