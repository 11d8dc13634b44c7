//! Completions and manual pages follow from the command line.

mod program;

use program::run;
use std::process::Command;

#[test]
fn every_command_has_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let written = run(&["man", pages.to_str().unwrap()]);
    assert!(written.status.success(), "{written:?}");
    let page = |name: &str| std::fs::read_to_string(pages.join(name));
    for (name, says) in [
        ("watchfloor.1", "one floor"),
        ("watchfloor-run.1", "Interface to listen on"),
        ("watchfloor-finding-ack.1", "until when are kept"),
        ("watchfloor-query.1", "SELECT"),
    ] {
        assert!(page(name).unwrap().to_lowercase().contains(&says.to_lowercase()), "{name}");
    }
    assert!(page("watchfloor-openapi.1").is_err(), "what is for our own use has no page");
    let printed = run(&["man"]);
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), page("watchfloor.1").unwrap());
    let refused = run(&["man", pages.join("watchfloor.1").to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(74));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot write manual pages into"));
}

#[test]
fn shells_take_the_completions() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, says) in [
        ("bash", "--plant"),
        ("zsh", "#compdef watchfloor"),
        ("fish", "complete -c watchfloor"),
        ("elvish", "watchfloor"),
        ("powershell", "watchfloor"),
    ] {
        let printed = run(&["completions", shell]);
        assert!(printed.status.success() && String::from_utf8_lossy(&printed.stdout).contains(says), "{shell}");
    }
    // Asked as the shell asks: the words so far, and which of them is being written.
    let script = folder.path().join("watchfloor.bash");
    std::fs::write(&script, run(&["completions", "bash"]).stdout).unwrap();
    let ask = format!(
        "set -e; source {}; COMP_WORDS=(watchfloor finding a); COMP_CWORD=2; _watchfloor watchfloor a finding; echo \"${{COMPREPLY[@]}}\"",
        script.display()
    );
    let told = Command::new("bash").args(["-c", &ask]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&told.stdout).trim(), "ack", "{told:?}");
    assert_eq!(run(&["completions", "tcsh"]).status.code(), Some(64));
}
