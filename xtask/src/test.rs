//! Everything that must hold: format, lints, native tests, and the page in a real browser. What is missing is installed, or named.

use crate::build::{self, TARGET, run as step};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success())
}

/// Installs what a check needs and does not find; where it cannot, it names the command.
fn provide(what: &str, is_there: bool, install: &[&str]) -> Result<(), String> {
    if is_there {
        return Ok(());
    }
    let command = install.join(" ");
    println!("· {what} is missing: {command}");
    let (program, arguments) = install.split_first().ok_or("nothing to install with")?;
    let done = Command::new(program).args(arguments).status().is_ok_and(|s| s.success());
    if done { Ok(()) } else { Err(format!("{what} is missing and could not be installed; install it with: {command}")) }
}

fn provide_tools() -> Result<(), String> {
    build::ensure_target()?;
    let has = |args: &[&str]| Command::new("cargo").args(args).output().is_ok_and(|o| o.status.success());
    provide("rustfmt", has(&["fmt", "--version"]), &["rustup", "component", "add", "rustfmt"])?;
    provide("clippy", has(&["clippy", "--version"]), &["rustup", "component", "add", "clippy"])
}

/// Chromium, its driver and a font with Korean, for the page as a person meets it.
pub fn provide_browser() -> Result<(), String> {
    let font = Command::new("fc-list").arg(":lang=ko").output().is_ok_and(|o| !o.stdout.is_empty());
    if is_there("chromium") && is_there("chromedriver") && font {
        return Ok(());
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n");
    let packages = "apt-get install -y chromium chromium-driver fontconfig fonts-noto-cjk";
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!("Chromium, its driver or a Korean font is missing; install them, on Debian with: sudo {packages}"));
    }
    step(
        "Chromium, its driver or a Korean font is missing: asking Debian for its package lists",
        Command::new("apt-get").args(["update", "-qq"]),
    )?;
    let install: Vec<&str> = packages.split(' ').collect();
    step("installing them", Command::new("apt-get").args(&install[1..]).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// What was checked, how long it took, and what came of it.
#[derive(Default)]
struct Report {
    lines: Vec<String>,
    broken: usize,
}

impl Report {
    fn add(&mut self, what: &str, check: impl FnOnce() -> Result<(), String>) -> bool {
        let began = Instant::now();
        let outcome = check();
        let holds = outcome.is_ok();
        let seconds = began.elapsed().as_secs();
        let word = if holds { "holds" } else { "BROKEN" };
        self.lines.push(format!("{word:>6} {seconds:>4} s  {what}{}", outcome.err().map(|why| format!(": {why}")).unwrap_or_default()));
        self.broken += usize::from(!holds);
        holds
    }

    fn cargo(&mut self, what: &str, arguments: &[&str]) -> bool {
        self.add(what, || step(what, Command::new("cargo").args(arguments)))
    }
}

/// Runs every check, also behind a broken one, and says at the end what came of each; `native` leaves out those that need a browser.
pub fn run(native: bool) -> Result<(), String> {
    provide_tools()?;
    if !native {
        provide_browser()?;
    }
    let mut report = Report::default();
    report.cargo("format", &["fmt", "--all", "--check"]);
    report.cargo("lints, natively", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    report.cargo("lints, for the browser", &["clippy", "--quiet", "--bin", "app", "--target", TARGET, "--", "-D", "warnings"]);
    report.cargo("native tests, conformance and scenarios", &["test", "--workspace", "--no-fail-fast"]);
    // A site of before would be tested otherwise.
    if !native && report.add("the site, within its weight", build::dist) {
        report.cargo("the page in headless Chromium", &["test", "--test", "browser", "--", "--test-threads=1"]);
    }
    println!("\n{}", report.lines.join("\n"));
    if native {
        println!("left out as asked: the page in headless Chromium");
    }
    if report.broken > 0 { Err(format!("{} of {} checks are broken", report.broken, report.lines.len())) } else { Ok(()) }
}
