use super::{Fit, fit, has, of_tool, split};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_command_of_a_tool_is_found_in_its_input() {
    for (input, command) in [
        (r#"{"command":"ls -la","description":"x"}"#, Some("ls -la")),
        (r#"{"cmd":" echo hi\n"}"#, Some("echo hi")),
        (r#"{"command":["bash","-lc","echo hi"]}"#, Some("echo hi")),
        (r#"{"command":["git","status"]}"#, Some("git status")),
        (r#"{"command":""}"#, None),
        (r#"{"command":["a",1]}"#, None),
        (r#"{"file_path":"/x"}"#, None),
        ("no JSON", None),
    ] {
        assert_eq!(of_tool(input).as_deref(), command, "{input}");
    }
}

#[test]
fn a_process_fits_the_command_that_its_shell_was_given() {
    let claude = "source /s.sh 2>/dev/null || true && eval 'echo '\"'\"'a b'\"'\"' | wc' < /dev/null && pwd -P >| /tmp/x";
    for (arguments, command, expected) in [
        (&["bash", "-lc", "ls -la"][..], "ls -la", Some(Fit::Whole)),
        (&["/bin/bash", "-c", "-l", claude], "echo 'a b' | wc", Some(Fit::Whole)),
        (&["/bin/bash", "-c", claude], "echo 'a b'", Some(Fit::Part)),
        (&["bash", "-c", "{ ls -la; }; __code=$?"], "ls -la", Some(Fit::Part)),
        (&["git", "status"], "git status", Some(Fit::Whole)),
        (&["git", "commit", "-m", "a b"], "git commit -m 'a b'", Some(Fit::Whole)),
        // Within a word, or no shell's script.
        (&["bash", "-c", "else -la"], "ls", None),
        (&["bash", "-c", "ls-files"], "ls", None),
        (&["node", "server.js", "ls"], "ls", None),
        (&["bash", "ls"], "ls", None),
        (&["bash", "-c"], "ls", None),
        (&[], "ls", None),
    ] {
        assert_eq!(fit(&words(arguments), command), expected, "{arguments:?} {command}");
    }
}

#[test]
fn a_part_stands_by_itself() {
    assert!(has("a; ls; b", "ls"));
    assert!(has("(ls)", "ls") && has("ls", "ls"));
    assert!(!has("./ls", "ls") && !has("lsx", "ls") && !has("false", "ls"));
}

#[test]
fn a_line_is_taken_apart_as_a_shell_would() {
    for (line, expected) in [
        (r"bash -c 'echo '\''a b'\'' | wc'", Some(&["bash", "-c", "echo 'a b' | wc"][..])),
        (r#"x "a \" b" c\ d"#, Some(&["x", r#"a " b"#, "c d"])),
        ("x '' y", Some(&["x", "", "y"])),
        ("  ", Some(&[])),
        ("x 'a", None),
        (r#"x "a"#, None),
        (r"x \", None),
    ] {
        assert_eq!(split(line), expected.map(words), "{line}");
    }
}
