//! What the command line was asked.

use kafka_playground::kafka::config::nearest::nearest;

pub(super) const HELP: &str = "\
See, break and understand Apache Kafka: runs scenarios in a deterministic simulation.

Usage: playground run [OPTIONS] FILE…
       playground storm [--seeds N] [--shard I/N] [--steps N]

run: FILE is a scenario, `-` reads standard input. Without options, prints the scenario with every answer filled in.
  --check    compare the answers of the scenario with those of the run (`*` matches any text within a line);
             print what differs and exit with 1
  --json     print one JSON object a command: {\"line\":…,\"command\":…,\"answer\":[…]}, with --check also \"holds\"
  --facts    print everything that happened, one line a fact

storm: random commands and faults over seeds, every invariant watched after every step, then peace; a seed that fails prints
the scenario that replays it.
  --seeds    how many seeds, from 0 on (100)
  --shard    only the I-th of N equal shares of them, from 1/N to N/N
  --steps    how long each storms, in steps of the simulation (8000)

  --help     print this
  --version  print the version

Exit codes: 0 all went well; 1 an answer differs or an invariant broke; 2 a file or line cannot be read, or a command makes no sense.

Example: printf 'cluster brokers=3\\ntopic orders partitions=2 replication=3\\ndescribe topic orders\\n' | playground run -
";

/// How a run is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    #[default]
    Scenario,
    Json,
    Facts,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Help,
    Version,
    Run { files: Vec<String>, form: Form, check: bool },
    Storm { seeds: u64, shard: (u64, u64), steps: u64 },
}

const WORDS: [&str; 10] = ["run", "storm", "--seeds", "--shard", "--steps", "--check", "--json", "--facts", "--help", "--version"];

/// Reads the arguments behind the program's name; or says what was found and expected.
pub(super) fn parse(args: &[String]) -> Result<Asked, String> {
    let mut args = args.iter().map(String::as_str);
    match args.next() {
        None | Some("--help" | "-h" | "help") => return Ok(Asked::Help),
        Some("--version" | "-V") => return Ok(Asked::Version),
        Some("run") => {}
        Some("storm") => return storm(args),
        Some(found) => return Err(unexpected(found, "`run` or `storm`")),
    }
    let (mut files, mut form, mut check, mut options) = (Vec::new(), Form::Scenario, false, true);
    for arg in args {
        match arg {
            "--" if options => options = false,
            "--help" | "-h" if options => return Ok(Asked::Help),
            "--check" if options => check = true,
            "--json" | "--facts" if options => {
                let asked = if arg == "--json" { Form::Json } else { Form::Facts };
                if form != Form::Scenario && form != asked {
                    return Err("found both `--json` and `--facts`, expected one of them".into());
                }
                form = asked;
            }
            found if options && found.starts_with("--") => {
                return Err(unexpected(found, "`--check`, `--json`, `--facts` or `--help`"));
            }
            file => files.push(file.to_string()),
        }
    }
    if files.is_empty() {
        return Err("found no file, expected FILE or `-` for standard input".into());
    }
    Ok(Asked::Run { files, form, check })
}

fn storm<'a>(mut args: impl Iterator<Item = &'a str>) -> Result<Asked, String> {
    let (mut seeds, mut shard, mut steps) = (100, (1, 1), kafka_playground::lab::storm::STEPS);
    while let Some(arg) = args.next() {
        if matches!(arg, "--help" | "-h") {
            return Ok(Asked::Help);
        }
        let value = args.next().unwrap_or_default();
        let number = || value.parse().map_err(|_| format!("found `{value}` behind {arg}, expected a whole number"));
        match arg {
            "--seeds" => seeds = number()?,
            "--steps" => steps = number()?,
            "--shard" => {
                let parts = value.split_once('/').and_then(|(i, n)| Some((i.parse::<u64>().ok()?, n.parse::<u64>().ok()?)));
                let is_share = |(i, n): &(u64, u64)| (1..=*n).contains(i);
                shard = parts.filter(is_share).ok_or_else(|| format!("found `{value}` behind --shard, expected I/N, from 1/N to N/N"))?;
            }
            found => return Err(unexpected(found, "`--seeds`, `--shard` or `--steps`")),
        }
    }
    Ok(Asked::Storm { seeds, shard, steps })
}

fn unexpected(found: &str, expected: &str) -> String {
    let near = nearest(found, WORDS.iter().copied()).map_or(String::new(), |near| format!("; the nearest is `{near}`"));
    format!("found `{found}`, expected {expected}{near}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Asked, String> {
        parse(&line.split_whitespace().map(str::to_string).collect::<Vec<_>>())
    }

    // A script that calls this must be told what is wrong with its call, not be given a run it did not ask for.
    #[test]
    fn says_what_was_found_and_expected() {
        assert_eq!(
            read("run --check a.txt b.txt"),
            Ok(Asked::Run { files: vec!["a.txt".into(), "b.txt".into()], form: Form::Scenario, check: true })
        );
        assert_eq!(read("run --json -"), Ok(Asked::Run { files: vec!["-".into()], form: Form::Json, check: false }));
        assert_eq!(read(""), Ok(Asked::Help));
        assert!(read("run --chek a").is_err_and(|e| e.contains("`--chek`") && e.contains("nearest is `--check`")));
        assert!(read("rnu a").is_err_and(|e| e.contains("nearest is `run`")));
        assert!(read("run").is_err_and(|e| e.contains("found no file")));
        assert!(read("run --json --facts a").is_err());
        assert_eq!(read("storm --seeds 9 --shard 2/3"), Ok(Asked::Storm { seeds: 9, shard: (2, 3), steps: 8_000 }));
        assert!(read("storm --shard 4/3").is_err_and(|e| e.contains("`4/3`")));
        assert!(read("storm --seeds x").is_err_and(|e| e.contains("`x`")));
    }
}
