//! Runs the files and prints what was asked for.

use super::args::{Asked, Form, HELP, parse};
use super::diff::diff;
use kafka_playground::lab::runner::{self, Outcome};
use kafka_playground::lab::storm;
use kafka_playground::world::canon;
use kafka_playground::world::script::{Script, answer_matches};
use std::io::{self, Read, Write};
use std::process::ExitCode;

const GOOD: u8 = 0;
const DIFFERS: u8 = 1;
const WRONG: u8 = 2;

/// Does what the arguments ask.
pub(crate) fn main(args: Vec<String>) -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let code = match parse(&args) {
        Ok(Asked::Help) => out.write_all(HELP.as_bytes()).map(|()| GOOD),
        Ok(Asked::Version) => writeln!(out, "playground {}", env!("CARGO_PKG_VERSION")).map(|()| GOOD),
        Ok(Asked::Run { files, form, check }) => run_files(&files, form, check, &mut out),
        Ok(Asked::Storm { seeds, shard, steps }) => storms(seeds, shard, steps, &mut out),
        Err(error) => {
            eprintln!("playground: {error}\nTry `playground --help`.");
            Ok(WRONG)
        }
    };
    // Whoever reads may have had enough (`| head`): that is no error.
    match code.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("playground: {error}");
            ExitCode::from(WRONG)
        }
    }
}

fn storms(seeds: u64, (share, shares): (u64, u64), steps: u64, out: &mut impl Write) -> io::Result<u8> {
    let (mut code, mut weathered, mut watched, mut promised) = (GOOD, 0, 0, 0);
    for seed in (share - 1..seeds).step_by(usize::try_from(shares).unwrap_or(usize::MAX)) {
        match storm::weather(seed, steps) {
            Ok(storm) => {
                weathered += 1;
                watched += storm.steps;
                promised += storm.promised;
            }
            Err(why) => {
                code = DIFFERS;
                writeln!(out, "{why}")?;
                out.flush()?;
            }
        }
    }
    writeln!(out, "{weathered} storms weathered: {watched} steps watched, {promised} acknowledged records that had to last did")?;
    Ok(code)
}

fn run_files(files: &[String], form: Form, check: bool, out: &mut impl Write) -> io::Result<u8> {
    let mut worst = GOOD;
    for (index, file) in files.iter().enumerate() {
        let text = match read(file) {
            Ok(text) => text,
            Err(error) => {
                out.flush()?;
                eprintln!("{file}: {error}");
                worst = WRONG;
                continue;
            }
        };
        if form == Form::Scenario && !check && files.len() > 1 {
            let gap = if index > 0 { "\n" } else { "" };
            writeln!(out, "{gap}# {file}")?;
        }
        worst = worst.max(run_text(file, &text, form, check, out)?);
    }
    Ok(worst)
}

fn read(file: &str) -> io::Result<String> {
    if file != "-" {
        return std::fs::read_to_string(file);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

fn run_text(file: &str, text: &str, form: Form, check: bool, out: &mut impl Write) -> io::Result<u8> {
    let outcome = runner::run(text);
    let script = outcome.script.clone().unwrap_or_default();
    match form {
        Form::Scenario if !check => print_scenario(text, &outcome, &script, out)?,
        Form::Scenario => {}
        Form::Json => print_json(&outcome, &script, check, out)?,
        Form::Facts => {
            for entry in &outcome.facts {
                writeln!(out, "{}", canon::line(&outcome.world, entry))?;
            }
        }
    }
    let mut code = GOOD;
    if check {
        let lines = differences(file, &outcome, &script);
        if !lines.is_empty() {
            code = DIFFERS;
        }
        if form == Form::Scenario {
            for line in &lines {
                writeln!(out, "{line}")?;
            }
            if lines.is_empty() && outcome.stopped.is_none() {
                writeln!(out, "{file}: {} commands, every answer holds", outcome.answers.len())?;
            }
        } else {
            lines.iter().for_each(|line| eprintln!("{line}"));
        }
    }
    if let Some((line, why)) = &outcome.stopped {
        // What came before is printed first, also where both streams end in one terminal.
        out.flush()?;
        eprintln!("{file}:{line}: {why}");
        code = WRONG;
    }
    Ok(code)
}

/// The scenario with the answers of the run; one that stopped, up to where it did.
fn print_scenario(text: &str, outcome: &Outcome, script: &Script, out: &mut impl Write) -> io::Result<()> {
    let Some((line, _)) = &outcome.stopped else { return out.write_all(script.print(&outcome.answers).as_bytes()) };
    let before: String = text.split_inclusive('\n').take(line.saturating_sub(1)).collect();
    let script = Script::parse(&before).unwrap_or_default();
    out.write_all(script.print(&outcome.answers).as_bytes())
}

fn print_json(outcome: &Outcome, script: &Script, check: bool, out: &mut impl Write) -> io::Result<()> {
    for (step, answer) in script.steps.iter().zip(&outcome.answers) {
        let mut line = serde_json::json!({ "line": step.line_no, "command": step.command.to_string(), "answer": answer });
        if check {
            line["holds"] = answer_matches(step.expected.as_deref().unwrap_or_default(), answer).into();
        }
        writeln!(out, "{line}")?;
    }
    if let Some((line, why)) = &outcome.stopped {
        writeln!(out, "{}", serde_json::json!({ "line": line, "error": why.to_string() }))?;
    }
    Ok(())
}

fn differences(file: &str, outcome: &Outcome, script: &Script) -> Vec<String> {
    let mut lines = Vec::new();
    for (step, answer) in script.steps.iter().zip(&outcome.answers) {
        let expected = step.expected.as_deref().unwrap_or_default();
        if !answer_matches(expected, answer) {
            lines.push(format!("{file}:{}: {}", step.line_no, step.command));
            lines.extend(diff(expected, answer).into_iter().map(|line| format!("  {line}")));
        }
    }
    lines
}
