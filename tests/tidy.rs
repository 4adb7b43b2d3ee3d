//! What keeps the repository the shape that ARCHITECTURE.md says it has: directions, openings, sizes, and what may stand nowhere.
//!
//! Why: a rule that nothing checks is a rule until the next hurried change. Each test names every place that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under `folder` whose name ends in one of `endings`, with its path from the root and its text, in order.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    fn walk(folder: &Path, endings: &[&str], found: &mut Vec<(String, String)>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "dist" | ".git" | "node_modules") {
                    walk(&path, endings, found);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let relative = path.strip_prefix(root()).expect("under the root").to_string_lossy().replace('\\', "/");
                found.push((relative, std::fs::read_to_string(&path).unwrap_or_default()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort();
    found
}

fn rust(folders: &[&str]) -> Vec<(String, String)> {
    folders.iter().flat_map(|folder| files(folder, &[".rs"])).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of a source without their comments, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines.map(|(number, line)| (number, line.split(" // ").next().unwrap_or(line)))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `word` stands in `line` as a whole word.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// What a source names behind `crate::` or `kafka_playground::`: the first two segments of every path, of those in braces too.
fn paths(text: &str) -> Vec<(String, Option<String>)> {
    let plain: String = code(text).map(|(_, line)| format!("{line}\n")).collect();
    let mut found = Vec::new();
    for start in ["crate::", "kafka_playground::"] {
        for (at, _) in plain.match_indices(start) {
            if plain[..at].chars().next_back().is_some_and(is_word) {
                continue;
            }
            for (first, rest) in segments(&plain[at + start.len()..]) {
                let seconds: Vec<_> = rest.map_or(Vec::new(), segments);
                if seconds.is_empty() {
                    found.push((first.clone(), None));
                }
                found.extend(seconds.into_iter().map(|(second, _)| (first.clone(), Some(second))));
            }
        }
    }
    found
}

/// The first segment of a path, or of each path of a list in braces, with what stands behind its `::`.
fn segments(text: &str) -> Vec<(String, Option<&str>)> {
    let Some(list) = text.strip_prefix('{') else {
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        return if end == 0 { Vec::new() } else { vec![(text[..end].to_string(), text[end..].strip_prefix("::"))] };
    };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                found.extend(segments(list[start..at].trim_start()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

#[test]
fn paths_are_found_wherever_they_stand() {
    // The test of directions below is worth what this reader sees.
    let text = "use crate::sim::{Micros, rng::Rng};\nuse kafka_playground::{lab::Lab, world};\nlet x = crate::kafka::log::Log::default(); // crate::app\n";
    let found: Vec<String> = paths(text).into_iter().map(|(a, b)| format!("{a}/{}", b.unwrap_or_default())).collect();
    assert_eq!(found, ["sim/Micros", "sim/rng", "kafka/log", "lab/Lab", "world/"].map(str::to_string).to_vec());
}

#[test]
fn modules_know_only_those_below_them() {
    // sim ← kafka ← world ← lab ← scene ← app, playground. An arrow the other way makes the core impossible to run without the page.
    const MAY_USE: &[(&str, &[&str])] = &[
        ("sim", &["sim"]),
        ("kafka", &["sim", "kafka"]),
        ("world", &["sim", "kafka", "world"]),
        ("lab", &["sim", "kafka", "world", "lab"]),
        ("scene", &["sim", "kafka", "world", "lab", "scene"]),
        ("text", &["sim", "kafka", "text"]),
    ];
    const LEAVES: &[&str] = &["map", "sort"];
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_USE {
        for (file, text) in rust(&[&format!("src/{module}")]) {
            for (first, second) in paths(&text) {
                if !allowed.contains(&first.as_str()) && !LEAVES.contains(&first.as_str()) {
                    wrong.push(format!("{file} uses {first}"));
                }
                // The catalogue of words is a leaf: it knows what can happen, not who does it.
                if *module == "text" && first == "kafka" && !matches!(second.as_deref(), Some("fact" | "protocol" | "record")) {
                    wrong.push(format!("{file} uses kafka::{}", second.unwrap_or_default()));
                }
            }
            for (number, line) in code(&text) {
                if ["yew", "web_sys", "js_sys", "wasm_bindgen"].iter().any(|word| has_word(line, word)) {
                    wrong.push(format!("{file}:{number} uses a crate of the browser"));
                }
            }
        }
    }
    assert_none("these look upward", &wrong);
}

#[test]
fn every_source_says_what_it_is_for() {
    // A reader decides by the first line whether this is the file they look for.
    let silent: Vec<String> = rust(&["src", "tests", "xtask", "benches"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(file, _)| file)
        .collect();
    assert_none("these do not open with `//! `", &silent);
}

#[test]
fn files_fit_in_a_head() {
    const MOST_LINES: usize = 900;
    let long: Vec<String> = rust(&["src"])
        .into_iter()
        .filter(|(_, text)| text.lines().count() > MOST_LINES)
        .map(|(file, text)| format!("{file} has {} lines of at most {MOST_LINES}", text.lines().count()))
        .collect();
    assert_none("these are too long", &long);
}

#[test]
fn nothing_knows_the_machine_it_was_written_on() {
    // The project must build wherever it is cloned, and ask nobody outside but through ordinary clients.
    let homes = ["/wo", "/ro", "/ho"]
        .map(|start| format!("{start}{}/", ["rk", "ot", "me"][usize::from(start != "/wo") + usize::from(start == "/ho")]));
    let hosts = ["index.crates", "static.crates", "registry.npmjs", "repo1.maven", "deb.debian", "files.pythonhosted"];
    let mut wrong = Vec::new();
    for (file, text) in files("", &[".rs", ".toml", ".md", ".js", ".ts", ".css", ".html", ".txt", ".json", ".webmanifest", ".svg", "run"]) {
        for (number, line) in (1..).zip(text.lines()) {
            if file != "tests/tidy.rs"
                && (homes.iter().any(|home| line.contains(home.as_str())) || hosts.iter().any(|host| line.contains(host)))
            {
                wrong.push(format!("{file}:{number}"));
            }
        }
    }
    assert_none("these name a machine or a registry", &wrong);
}

#[test]
fn the_core_is_a_function_of_its_inputs() {
    // A hash map's order, a clock or a rounding would make two runs of one recording differ.
    const BANNED: &[&str] = &["HashMap", "HashSet", "SystemTime", "f32", "f64", "thread", "std::time", "std::fs", "std::env", "std::net"];
    let mut wrong = Vec::new();
    for (file, text) in rust(&["src/sim", "src/kafka", "src/world", "src/lab"]) {
        for (number, line) in code(&text) {
            for word in BANNED.iter().filter(|word| has_word(line, word)) {
                wrong.push(format!("{file}:{number} {word}"));
            }
            if line.contains("Instant::now") {
                wrong.push(format!("{file}:{number} Instant::now"));
            }
        }
    }
    assert_none("these depend on more than time, chance and messages as given", &wrong);
}

#[test]
fn the_page_keeps_its_content_security_policy() {
    // The policy forbids inline styles and scripts, so one that slips in works in no browser that obeys it.
    const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'";
    let page = read("index.html");
    assert!(page.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">")), "index.html has another policy");
    let mut wrong = Vec::new();
    for (file, text) in files("src/app", &[".rs"]).into_iter().chain([("index.html".to_string(), page)]) {
        for (number, line) in code(&text) {
            if ["style=", "<style", "onclick=\"", "javascript:"]
                .iter()
                .any(|word| line.match_indices(word).any(|(at, _)| !line[..at].ends_with(is_word)))
            {
                wrong.push(format!("{file}:{number}"));
            }
            if line.match_indices("<script").any(|(at, _)| !line[at..].contains(" src=\"") || !line[at..].contains("></script>")) {
                wrong.push(format!("{file}:{number} a script inside the page"));
            }
        }
    }
    assert_none("these break the policy", &wrong);
}

#[test]
fn no_test_is_left_out() {
    // A test that does not run says nothing, and looks as if it did.
    let attribute = format!("#[{}", "ignore");
    let left_out: Vec<String> = rust(&["src", "tests", "xtask", "benches"])
        .into_iter()
        .filter(|(_, text)| code(text).any(|(_, line)| line.contains(&attribute)))
        .map(|(file, _)| file)
        .collect();
    assert_none("these leave tests out", &left_out);
}

#[test]
fn what_is_marked_as_simulated_is_read() {
    // Whoever sets a configuration is told when it has no effect. So one that no code reads may not be marked `s`.
    let sources: String = rust(&["src/kafka", "src/world"])
        .into_iter()
        .filter(|(file, _)| !file.ends_with("tests.rs") && (!file.starts_with("src/kafka/config/") || file.ends_with("rules.rs")))
        .map(|(_, text)| text)
        .collect();
    let mut unread = Vec::new();
    for line in read("src/kafka/config/kafka-4.1.1.txt").lines() {
        let fields: Vec<&str> = line.split('|').collect();
        if fields.get(4).is_some_and(|flags| flags.contains('s')) && !sources.contains(&format!("\"{}\"", fields[0])) {
            unread.push(fields[0].to_string());
        }
    }
    assert_none("these are marked as simulated, and nothing reads them", &unread);
}

// ---- colours

/// Relative luminance (WCAG 2).
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour")) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Every `--name: light-dark(#day, #night)` of a style sheet, by name; the first of a name.
fn tokens(text: &str) -> BTreeMap<String, [String; 2]> {
    let mut found = BTreeMap::new();
    for declaration in text.split("--").skip(1) {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let Some(pair) = value.trim_start().strip_prefix("light-dark(").and_then(|rest| rest.split_once(')')) else { continue };
        let colours: Vec<String> = pair.0.split(',').map(|colour| colour.trim().to_string()).collect();
        if let Ok(pair) = <[String; 2]>::try_from(colours) {
            found.entry(name.trim().to_string()).or_insert(pair);
        }
    }
    found
}

#[test]
fn every_colour_can_be_seen() {
    // Text needs 4.5 and graphics 3 to be read by everybody (WCAG 1.4.3, 1.4.11), by day and by night, wherever a token may stand.
    const TEXT: &[&str] = &["ink", "ink-2", "ink-3", "leader-ink", "record-ink", "consumer-ink", "control-ink", "fault-ink"];
    const GRAPHICS: &[&str] = &["edge", "leader", "follower", "record-edge", "consumer", "control", "fault"];
    const ON: &[(&str, &str)] = &[("on-leader", "leader"), ("on-follower", "follower-fill"), ("on-record", "record"), ("on-dead", "dead")];
    let tokens = tokens(&read("www/tokens.css"));
    let mut weak = Vec::new();
    let mut check = |name: &str, ground: &str, needed: f64| {
        let (Some(colour), Some(below)) = (tokens.get(name), tokens.get(ground)) else {
            weak.push(format!("--{name} or --{ground} is not there"));
            return;
        };
        for (theme, (a, b)) in ["day", "night"].iter().zip(colour.iter().zip(below)) {
            let ratio = contrast(a, b);
            if ratio < needed {
                weak.push(format!("--{name} on --{ground}, {theme}: {ratio:.2} of {needed}"));
            }
        }
    };
    for ground in ["ground", "lane", "surface"] {
        TEXT.iter().for_each(|name| check(name, ground, 4.5));
        GRAPHICS.iter().for_each(|name| check(name, ground, 3.0));
    }
    ON.iter().for_each(|(name, ground)| check(name, ground, 4.5));
    assert_none("these colours are too weak", &weak);
    assert!((contrast("#FFFFFF", "#000000") - 21.0).abs() < 1e-9, "white on black is 21");
}

#[test]
fn colours_come_from_the_tokens() {
    // A colour written anywhere else escapes the test above, and the night.
    let mut wrong = Vec::new();
    for sheet in ["www/page.css", "www/scene.css"] {
        let known: BTreeSet<String> = tokens(&read("www/tokens.css")).into_keys().collect();
        assert!(!known.is_empty());
        let text = read(sheet);
        for (number, line) in (1..).zip(text.lines()) {
            let is_colour = |at: usize| line[at + 1..].chars().take(3).filter(char::is_ascii_hexdigit).count() == 3;
            // What a mask lets through has no colour.
            let in_mask = |at: usize| line[..at].rsplit(';').next().is_some_and(|declaration| declaration.trim_start().starts_with("mask"));
            let stray = |at: usize| line[..at].ends_with([':', ' ', ',', '(']) && is_colour(at) && !in_mask(at);
            if !line.trim_start().starts_with('#') && line.match_indices('#').any(|(at, _)| stray(at)) {
                wrong.push(format!("{sheet}:{number} {}", line.trim()));
            }
        }
    }
    assert_none("these colours are no tokens", &wrong);
}
