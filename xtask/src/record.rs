//! `cargo xtask record FILE…`: asks Apache Kafka itself. Runs scenarios on real clusters on this machine and writes the answers into their files.
//!
//! Each scenario runs twice; a word in which the two runs differ becomes `*`. Every node and every client is a process in a network namespace
//! of its own, and those stand in a private network, mount and process namespace that ends with the run, so nothing leaves it and nothing stays.
//! Jars, class archives, and each run's nodes and what they said are in `target/record`.

mod client;
mod cluster;
mod disk;
mod network;
mod run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const VERSION: &str = "4.1.1";
/// The newest Kafka that has a ZooKeeper controller, for `profile=3.9-zk`; clients are those of [`VERSION`].
pub(crate) const VERSION_ZK: &str = "3.9.1";

/// Touches what nodes load at their start. The class archives that a run of it leaves let them start in half the time.
const WARM_UP: &str = "\
cluster brokers=1
topic t replicas=1
producer p
produce p t value=a
wait 3s
describe log t-0
stop 1
wait 1s
";

/// Where things are, for a run and for what prepares it.
pub(crate) struct Paths {
    pub(crate) scratch: PathBuf,
    pub(crate) sources: PathBuf,
    /// Whether nodes write their class archives when they end.
    pub(crate) archiving: bool,
}

impl Paths {
    fn new() -> Paths {
        let root = crate::build::root();
        let archiving = std::env::var_os("RECORD_ARCHIVES").is_some();
        Paths { scratch: root.join("target/record"), sources: root.join("tests/kafka/recorder"), archiving }
    }

    pub(crate) fn jars(&self, version: &str) -> PathBuf {
        self.scratch.join(format!("jars-{version}"))
    }

    pub(crate) fn classes(&self) -> PathBuf {
        self.scratch.join("classes")
    }

    pub(crate) fn archives(&self) -> PathBuf {
        self.scratch.join(if self.archiving { "archives.new" } else { "archives" })
    }
}

/// Records each of `files` in its place.
pub(crate) fn run(files: &[String]) -> Result<(), String> {
    match files {
        [inside, scenario, out] if inside == "--inside" => return inside_namespaces(Path::new(scenario), Path::new(out)),
        [] => return Err("found no file behind record, expected the scenarios to record".to_string()),
        _ => check_needs()?,
    }
    let paths = Paths::new();
    for file in files {
        let file = Path::new(file);
        let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        prepare(&paths, text.contains("profile=3.9-zk"))?;
        println!("recording {}", file.display());
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| once(&paths, file, 1));
            let second = once(&paths, file, 2);
            (first.join().unwrap_or_else(|_| Err("the first run died".to_string())), second)
        });
        let (first, second) = (first?, second?);
        let merged =
            merge(&first, &second).map_err(|why| format!("{}: the two runs differ too much to be one recording\n{why}", file.display()))?;
        let stars = first.lines().zip(merged.lines()).filter(|(a, b)| a != b).count();
        fs::write(file, merged).map_err(|e| format!("{}: {e}", file.display()))?;
        println!("recorded {}; its two runs differ in {stars} lines", file.display());
    }
    Ok(())
}

/// Names everything that is missing here, not only the first.
fn check_needs() -> Result<(), String> {
    let mut missing = Vec::new();
    if !cfg!(target_os = "linux") {
        missing.push("Linux (network namespaces)".to_string());
    }
    if network::output("id", &["-u"]).is_ok_and(|id| id.trim() != "0") {
        missing.push("root (to make network namespaces)".to_string());
    }
    let programs = [
        ("ip", "iproute2"),
        ("ss", "iproute2"),
        ("iptables", "iptables"),
        ("unshare", "util-linux"),
        ("mvn", "maven"),
        ("javac", "a JDK of 17 or later"),
    ];
    for (program, package) in programs {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&folders).any(|folder| folder.join(program).is_file()) {
            missing.push(format!("{program} ({package})"));
        }
    }
    if let Ok(found) = network::output("javac", &["-version"]) {
        let major = found.trim().trim_start_matches("javac ").split(['.', '-']).next().and_then(|n| n.parse::<u32>().ok());
        if major.is_none_or(|major| major < 17) {
            missing.push(format!("a JDK of 17 or later (found {})", found.trim()));
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("recording needs what is missing here: {}", missing.join(", "))) }
}

/// Fetches Kafka, compiles the client and makes the class archives, unless they are there.
fn prepare(paths: &Paths, zookeeper: bool) -> Result<(), String> {
    let pom = paths.sources.join("pom.xml");
    for version in [VERSION, VERSION_ZK].into_iter().take(if zookeeper { 2 } else { 1 }) {
        let jars = paths.jars(version);
        if !jars.exists() {
            eprintln!("fetching Kafka {version} with Maven");
            let new = jars.with_extension("new");
            let mut mvn = Command::new("mvn");
            mvn.args(["-q", "-f"]).arg(&pom).arg(format!("-Dkafka.version={version}")).arg("dependency:copy-dependencies");
            succeed(mvn.arg(format!("-DoutputDirectory={}", new.display())))?;
            fs::rename(&new, &jars).map_err(|e| format!("{}: {e}", jars.display()))?;
        }
    }
    let (source, class) = (paths.sources.join("Client.java"), paths.classes().join("Client.class"));
    let written = |file: &Path| file.metadata().and_then(|m| m.modified()).ok();
    if written(&class) < written(&source) {
        let jars = format!("{}/*", paths.jars(VERSION).display());
        fs::create_dir_all(paths.classes()).map_err(|e| format!("{}: {e}", paths.classes().display()))?;
        succeed(Command::new("javac").args(["-nowarn", "-XDsuppressNotes", "-cp", &jars, "-d"]).arg(paths.classes()).arg(&source))?;
    }
    if !paths.archives().exists() {
        eprintln!("making class archives, so that nodes start faster");
        let new = paths.scratch.join("archives.new");
        fs::create_dir_all(&new).map_err(|e| format!("{}: {e}", new.display()))?;
        let scenario = paths.scratch.join("warm-up.txt");
        fs::write(&scenario, WARM_UP).map_err(|e| format!("{}: {e}", scenario.display()))?;
        succeed(apart(&scenario, &paths.scratch.join("warm-up.out"))?.env("RECORD_ARCHIVES", "1"))?;
        fs::rename(&new, paths.archives()).map_err(|e| format!("{}: {e}", new.display()))?;
    }
    Ok(())
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    if status.success() { Ok(()) } else { Err(format!("{:?} failed: {status}", command.get_program())) }
}

/// This program again, as the first process of private namespaces: when it ends, all that it started ends.
fn apart(scenario: &Path, out: &Path) -> Result<Command, String> {
    fs::create_dir_all("/run/netns").map_err(|e| format!("/run/netns: {e}"))?;
    let this = std::env::current_exe().map_err(|e| format!("finding this program: {e}"))?;
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"]);
    command.args(["mount -t tmpfs tmpfs /run/netns && ip link set lo up && exec \"$@\"", "sh"]);
    command.arg(this).args(["record", "--inside"]).arg(scenario).arg(out);
    Ok(command)
}

/// One run, whose commands, answers and times go to a log.
fn once(paths: &Paths, file: &Path, turn: usize) -> Result<String, String> {
    let out = paths.scratch.join(format!("{}.{turn}.txt", file.file_stem().unwrap_or_default().to_string_lossy()));
    let log = out.with_extension("log");
    let said = fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    succeed(apart(file, &out)?.stderr(said)).map_err(|why| format!("{why}; {} says more", log.display()))?;
    fs::read_to_string(&out).map_err(|e| format!("{}: {e}", out.display()))
}

fn inside_namespaces(scenario: &Path, out: &Path) -> Result<(), String> {
    let text = fs::read_to_string(scenario).map_err(|e| format!("{}: {e}", scenario.display()))?;
    let answered = run::answer(&text, &Paths::new(), &out.with_extension(""))?;
    fs::write(out, answered).map_err(|e| format!("{}: {e}", out.display()))
}

/// One recording out of two: words that differ become `*`. Lines of other shapes have nothing in common.
fn merge(a: &str, b: &str) -> Result<String, String> {
    let (mut x, mut y, mut merged) = (a.lines(), b.lines(), String::new());
    loop {
        match (x.next(), y.next()) {
            (None, None) => return Ok(merged),
            (Some(a), Some(b)) => {
                let (p, q): (Vec<&str>, Vec<&str>) =
                    (a.split_inclusive([' ', '=', ',']).collect(), b.split_inclusive([' ', '=', ',']).collect());
                if p.len() != q.len() {
                    return Err(format!("first   {a}\nsecond  {b}"));
                }
                for (p, q) in p.into_iter().zip(q) {
                    let end = p.strip_prefix(p.trim_end_matches([' ', '=', ','])).unwrap_or_default();
                    merged += &if p == q { p.to_string() } else { format!("*{end}") };
                }
                merged.push('\n');
            }
            (a, b) => return Err(format!("first   {}\nsecond  {}", a.unwrap_or("(ends)"), b.unwrap_or("(ends)"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::merge;

    /// Why: what chance decides must not become a rule, and what is the same must not be hidden behind a star.
    #[test]
    fn what_differs_becomes_a_star() {
        let a = "produce p1 t count=2\n----\nt-0@1 t-0@2\n1 start=0 end=7 epochs=0:0 |\n";
        let b = "produce p1 t count=2\n----\nt-0@1 TIMED_OUT\n1 start=0 end=8 epochs=0:0 |\n";
        assert_eq!(merge(a, b).as_deref(), Ok("produce p1 t count=2\n----\nt-0@1 *\n1 start=0 end=* epochs=0:0 |\n"));
        assert!(merge("a\n", "a b\n").is_err());
        assert!(merge("a\n", "a\nb\n").is_err());
    }
}
