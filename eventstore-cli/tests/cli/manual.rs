use crate::program::run_alone;

#[test]
fn every_shell_has_a_completion() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = run_alone(&["completion", shell]);
        outcome.assert_done();
        assert!(outcome.stdout.contains("migrations"), "{outcome:?}");
    }
    run_alone(&["completion", "tcsh"]).assert_refused(2, "bash");
}

#[test]
fn the_manual_has_a_page_of_each_command() {
    let outcome = run_alone(&["man"]);
    outcome.assert_done();
    for title in [".TH eventstore 1", ".TH eventstore-append 1", ".TH eventstore-verify 1"] {
        assert!(outcome.stdout.contains(title), "{title}");
    }
}
