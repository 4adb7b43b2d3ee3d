//! Everything that must hold: format, lints, native tests, and the page in a real browser. What is missing is installed, or named.

use crate::build::{self, TARGET, run as step};
use std::path::Path;
use std::process::Command;

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

fn provide_browser() -> Result<(), String> {
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

/// Runs every check; `native` leaves out those that need a browser.
pub fn run_all(native: bool) -> Result<(), String> {
    provide_tools()?;
    step("format", Command::new("cargo").args(["fmt", "--all", "--check"]))?;
    step("lints, natively", Command::new("cargo").args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    step(
        "lints, for the browser",
        Command::new("cargo").args(["clippy", "--quiet", "--bin", "app", "--target", TARGET, "--", "-D", "warnings"]),
    )?;
    step("native tests", Command::new("cargo").args(["test", "--workspace", "--no-fail-fast"]))?;
    if native {
        println!("the native part holds; the part that needs a browser was left out as asked");
        return Ok(());
    }
    provide_browser()?;
    build::dist()?;
    step("the page in headless Chromium", Command::new("cargo").args(["test", "--test", "browser", "--", "--test-threads=1"]))
}

/// The same, with a last line that says so.
pub fn run(native: bool) -> Result<(), String> {
    run_all(native)?;
    println!("all checks hold");
    Ok(())
}
