//! Recorded scenarios: what real Kafka clusters answered, the simulator answers too. `SCENARIO_DIR` points it at another folder.
//!
//! Why: this is the proof that the core is Kafka's and not somebody's idea of it. A scenario that does not hold yet stands in
//! `kafka/not_yet.rs`, by name, and one that holds may not stand there.

#[path = "kafka/not_yet.rs"]
mod not_yet;

use kafka_playground::lab::runner;
use kafka_playground::world::script::answer_matches;
use not_yet::NOT_YET;
use std::path::PathBuf;

/// The recorded scenarios: those given, and those asked of real clusters here.
fn recorded() -> Vec<PathBuf> {
    let folders = match std::env::var_os("SCENARIO_DIR") {
        Some(folder) => vec![PathBuf::from(folder)],
        None => ["tests/kafka/scenarios", "tests/kafka/ours"].map(|f| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(f)).to_vec(),
    };
    let mut files = Vec::new();
    for folder in folders {
        files.extend(std::fs::read_dir(folder).expect("a folder of scenarios").map(|e| e.expect("an entry").path()));
    }
    files.retain(|f| f.extension().is_some_and(|e| e == "txt"));
    files.sort();
    assert!(!files.is_empty(), "no recorded scenarios");
    files
}

/// What differs, or none when every answer holds.
fn differs(text: &str) -> Option<String> {
    let outcome = runner::run(text);
    let Some(script) = &outcome.script else { return outcome.stopped.map(|(line, why)| format!("line {line}: {why}")) };
    for (step, answer) in script.steps.iter().zip(&outcome.answers) {
        let expected = step.expected.clone().unwrap_or_default();
        if !answer_matches(&expected, answer) {
            let show = |lines: &[String]| lines.iter().map(|l| format!("    {l}\n")).collect::<String>();
            return Some(format!("line {}: {}\n  expected\n{}  found\n{}", step.line_no, step.command, show(&expected), show(answer)));
        }
    }
    outcome.stopped.map(|(line, why)| format!("line {line}: {why}"))
}

#[test]
fn recorded_scenarios_hold() {
    let files = recorded();
    let (mut held, mut wrong) = (0, Vec::new());
    for file in &files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        if std::env::var("ONLY").is_ok_and(|only| !name.contains(&only)) {
            continue;
        }
        let text = std::fs::read_to_string(file).expect("a scenario");
        let expected = !NOT_YET.contains(&name.as_str());
        match (differs(&text), expected) {
            (None, true) => held += 1,
            (None, false) => wrong.push(format!("{name} holds now: take it off the list")),
            (Some(_), false) => println!("{name} does not hold yet"),
            (Some(why), true) => wrong.push(format!("{name}: {why}")),
        }
    }
    println!("{held} of {} scenarios hold", files.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Why: the page's main job, sent and failed by clicking, comes to the same when it is written down; and every trap that a naive simulator
/// steps into has a file of its own that says why it matters.
#[test]
fn own_scenarios_hold() {
    for folder in ["tests/lessons", "tests/kafka/traps"] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder of scenarios").map(|e| e.expect("an entry").path()).collect();
        assert!(!files.is_empty());
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a scenario");
            assert!(text.starts_with("# "), "{} opens with why", file.display());
            assert_eq!(differs(&text), None, "{}", file.display());
        }
    }
}

/// Why: of three controllers any may be the one that decides, and a real cluster's answers do not hang on which. The answers in `kafka/ours` were
/// recorded on real clusters too; here each holds whatever chance does.
#[test]
fn a_quorums_scenarios_hold_whoever_leads_it() {
    for file in recorded() {
        let text = std::fs::read_to_string(&file).expect("a scenario");
        assert!(text.starts_with("# "), "{} opens with why", file.display());
        if !text.contains(" controllers=3 ") {
            continue;
        }
        for seed in 1..=8 {
            let seeded = text.replacen("\ncluster ", &format!("\ncluster seed={seed} "), 1);
            assert_eq!(differs(&seeded), None, "{} with seed {seed}", file.display());
        }
    }
}
