//! Parts the page's style sheets: the first has the rules that the opening may need, the whole comes with the rest of the program and says all again.

use super::{WATCHED, file, openings, patch, together};
use crate::driver::{Browser, Options, Site};
use crate::shrink;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The sheets of the page, in the order of its links.
const SHEETS: [&str; 3] = ["tokens.css", "page.css", "scene.css"];
/// What stands for them in the site.
const FIRST: &str = "first.css";
const WHOLE: &str = "whole.css";

/// A piece of a style sheet.
enum Piece {
    /// Selectors, and what holds for them.
    Rule(Vec<String>, String),
    /// Rules with a condition.
    Group(String, Vec<Piece>),
    /// A rule that names no elements, like key frames.
    Other(String),
}

/// Puts one sheet for the opening and one with everything in the place of the sheets of the site in `out`.
pub fn part(out: &Path) -> Result<(), String> {
    println!("· watching which of the style sheets the first seconds need");
    let folder = out.join("www");
    let mut whole = String::new();
    for name in SHEETS {
        let path = folder.join(name);
        whole += &shrink::css(&file(&path, std::fs::read_to_string(&path))?);
    }
    let pieces = read(&whole)?;
    let mut wanted = BTreeSet::new();
    places(&pieces, &mut wanted);
    let there = watch(out, &wanted)?;
    let mut first = String::new();
    write(&pieces, &there, &mut first);
    // The whole is put in by a script, so that its addresses begin where the page is; a fragment is one of the page anyway.
    let whole = whole.replace("url(", "url(www/").replace("url(www/#", "url(#");
    for (name, text) in [(FIRST, &first), (WHOLE, &whole)] {
        file(&folder.join(name), std::fs::write(folder.join(name), text))?;
    }
    // The page of differences has the tokens too.
    for name in &SHEETS[1..] {
        file(&folder.join(name), std::fs::remove_file(folder.join(name)))?;
    }
    let links: String = SHEETS.iter().map(|name| format!("<link rel=\"stylesheet\" href=\"www/{name}\">")).collect();
    let link = format!("<link rel=\"stylesheet\" href=\"www/{FIRST}\" data-whole=\"www/{WHOLE}\">");
    patch(&out.join("index.html"), &[(&links, &link)])
}

/// Reads a sheet without comments.
fn read(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut left = text.trim();
    while !left.is_empty() {
        let (head, behind) = left.split_once('{').ok_or_else(|| format!("found {left:?}, expected a rule"))?;
        let mut depth = 1;
        let end = behind.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0
        });
        let (end, _) = end.ok_or_else(|| format!("found no end of {head}"))?;
        let body = &behind[..end];
        let is_group = ["@media", "@supports", "@layer", "@container"].iter().any(|at| head.starts_with(at));
        pieces.push(if is_group {
            Piece::Group(head.into(), read(body)?)
        } else if head.starts_with('@') {
            Piece::Other(format!("{head}{{{body}}}"))
        } else if body.contains('{') {
            return Err(format!("found a rule within {head}, expected none"));
        } else {
            Piece::Rule(selectors(head), body.into())
        });
        left = behind[end + 1..].trim_start();
    }
    Ok(pieces)
}

/// The selectors of a list.
fn selectors(list: &str) -> Vec<String> {
    let (mut found, mut depth) = (vec![String::new()], 0);
    for c in list.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match found.last_mut() {
            Some(last) if depth > 0 || c != ',' => last.push(c),
            _ => found.push(String::new()),
        }
    }
    found
}

/// A selector without what may change while an element stays: its states and attributes. It finds whatever the selector may come to find.
fn place(selector: &str) -> String {
    let (mut bare, mut depth, mut is_state) = (String::new(), 0, false);
    for c in selector.chars() {
        if depth == 0 && matches!(c, ':' | '[') && (bare.is_empty() || bare.ends_with([' ', '>', '+', '~'])) {
            bare.push('*');
        }
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth > 0 => {}
            ':' => is_state = true,
            _ if is_state && (c.is_alphanumeric() || c == '-') => {}
            _ => {
                is_state = false;
                bare.push(c);
            }
        }
    }
    bare
}

/// The places of all rules.
fn places(pieces: &[Piece], found: &mut BTreeSet<String>) {
    for piece in pieces {
        match piece {
            Piece::Rule(selectors, _) => found.extend(selectors.iter().map(|selector| place(selector))),
            Piece::Group(_, inside) => places(inside, found),
            Piece::Other(_) => {}
        }
    }
}

/// Writes the pieces whose places are among those `there`, whatever the condition around them is.
fn write(pieces: &[Piece], there: &BTreeSet<String>, to: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Rule(selectors, body) => {
                let kept: Vec<&str> = selectors.iter().filter(|s| there.contains(&place(s))).map(String::as_str).collect();
                if !kept.is_empty() {
                    *to += &format!("{}{{{body}}}", kept.join(","));
                }
            }
            Piece::Group(head, inside) => {
                let mut kept = String::new();
                write(inside, there, &mut kept);
                if !kept.is_empty() {
                    *to += &format!("{head}{{{kept}}}");
                }
            }
            Piece::Other(text) => *to += text,
        }
    }
}

/// Looks in every frame which places are in the page; what the file of the page itself has, shown or not, is there in any case.
const LOOK: &str = "
    const there = (window.there = []), wanted = new Set(PLACES);
    const look = (page) => wanted.forEach((place) => page.querySelector(place) && wanted.delete(place) && there.push(place));
    const frame = () => requestAnimationFrame(frame, look(document));
    addEventListener('DOMContentLoaded', frame);
    fetch('/').then((answer) => answer.text()).then((text) => look(new DOMParser().parseFromString(text, 'text/html')));
";

/// Which of the places are in the page while the opening is watched.
fn watch(site: &Path, wanted: &BTreeSet<String>) -> Result<BTreeSet<String>, String> {
    let site = Site::serve(site)?;
    let look = LOOK.replace("PLACES", &json!(wanted).to_string());
    let mut there = BTreeSet::new();
    for seen in together(&openings(), |options| watch_one(&site, options, &look)) {
        there.extend(seen?);
    }
    Ok(there)
}

/// The same in one browser.
fn watch_one(site: &Site, options: &Options, look: &str) -> Result<Vec<String>, String> {
    let browser = Browser::start(options)?;
    browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({"source": look}))?;
    browser.go(&site.address)?;
    browser.wait_for("return !!window.playground")?;
    std::thread::sleep(WATCHED);
    let there = browser.js("return window.there")?;
    Ok(there.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::{BTreeSet, place, read, write};

    #[test]
    fn a_rule_is_kept_when_its_element_may_need_it() {
        // Why: a person may hover, switch the theme or print before the whole sheet is there.
        let sheet =
            ":root{--a: 1px}.a:hover,.b .c{top: 0}@media print{.b > .c:not(.d)::before{top: 1px}.e{top: 2px}}@keyframes k{from{top: 0}}";
        let there: BTreeSet<String> = ["*", ".a"].map(String::from).into();
        let mut first = String::new();
        write(&read(sheet).unwrap_or_default(), &there, &mut first);
        assert_eq!(first, ":root{--a: 1px}.a:hover{top: 0}@keyframes k{from{top: 0}}");
        assert!(read(".a{top: 0").is_err());
    }

    #[test]
    fn a_place_is_what_a_selector_may_come_to_find() {
        // Why: a rule that is thought to find nothing is missed.
        for (selector, expected) in [
            (".a:has(.b, .c)::before", ".a"),
            (".a > :not(.b)", ".a > *"),
            (":root[data-theme=\"dark\"] .a:nth-child(n + 3).b", "* .a.b"),
            ("[hidden]", "*"),
            ("a~:is(.b, .c) b", "a~* b"),
        ] {
            assert_eq!(place(selector), expected);
        }
    }
}
