//! Takes out of the site's texts what only their readers need: comments, indentation, long names of imports.

use std::collections::BTreeMap;
use std::path::Path;
use walrus::ImportKind;

/// The export that starts the program; `www/program.js` names it.
const START: &str = "__wbindgen_start";

/// A style sheet without comments and without spaces that mean nothing.
pub fn css(text: &str) -> String {
    let mut bare = String::new();
    let mut left = text;
    while let Some((before, behind)) = left.split_once("/*") {
        bare += before;
        left = behind.split_once("*/").map_or("", |(_, rest)| rest);
    }
    bare += left;
    let mut short = String::new();
    for word in bare.split_whitespace() {
        // A space between words may join a selector's parts or a value's; beside one of these it does nothing. A colon ends a word only before a value.
        let may_join = !short.ends_with(['{', '}', ';', ',', ':', '>', '/']) && !word.starts_with(['{', '}', ';', ',', '>', '/', '!']);
        if may_join && !short.is_empty() {
            short.push(' ');
        }
        short += word;
    }
    short.replace(";}", "}")
}

/// A script without the comments that fill a line, and without indentation. No text of it goes over several lines.
pub fn js(text: &str) -> String {
    let mut short = String::new();
    let mut is_comment = false;
    for line in text.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            push_tight(line, &mut short);
            short.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    short
}

/// Writes a line without the spaces that mean nothing, unless it has a text or a pattern, where all do.
fn push_tight(line: &str, to: &mut String) {
    const SIGNS: [char; 15] = ['=', '<', '>', ':', ',', '{', '}', '(', ')', '*', '&', '|', '!', ';', '['];
    let has_text = line.contains(['"', '\'', '`', '/']);
    for (n, word) in line.split(' ').enumerate() {
        if n > 0 && (has_text || !to.ends_with(SIGNS) && !word.starts_with(SIGNS)) {
            to.push(' ');
        }
        *to += word;
    }
}

/// Gives short names to what wasm-bindgen's script and the program have of each other, in both, and to what the script has for itself.
pub fn names(module: &mut walrus::Module, script: &Path) -> Result<(), String> {
    let broken = |e: std::io::Error| format!("{}: {e}", script.display());
    let text = std::fs::read_to_string(script).map_err(broken)?;
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut name = |kind: char, long: &str| {
        let n = names.values().filter(|short| short.starts_with(kind)).count();
        names.entry(long.into()).or_insert_with(|| format!("{kind}{n}")).clone()
    };
    for import in module.imports.iter_mut().filter(|i| matches!(i.kind, ImportKind::Function(_))) {
        if !text.contains(&import.name) {
            return Err(format!("{}: found no {}, expected what wasm-bindgen writes", script.display(), import.name));
        }
        import.name = name('i', &import.name);
    }
    // The page's own functions have no underscore.
    for export in module.exports.iter_mut().filter(|e| e.name.contains('_') && e.name != START) {
        export.name = name('e', &export.name);
    }
    let own = text.lines().filter_map(|line| ["function ", "const ", "let "].iter().find_map(|start| line.strip_prefix(start)));
    own.filter_map(|line| line.split(|c| !is_of_name(c)).next()).for_each(|long| drop(name('f', long)));
    std::fs::write(script, renamed(&text, &names)).map_err(broken)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// A script with other names, wherever they stand.
fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut new = String::new();
    for piece in text.split_inclusive(|c| !is_of_name(c)) {
        let word = piece.trim_end_matches(|c| !is_of_name(c));
        new += names.get(word).map_or(word, String::as_str);
        new += &piece[word.len()..];
    }
    new
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_short_style_sheet_says_the_same() {
        // Why: a space lost between the parts of a selector or of a value is another style.
        let long = "/* Why\n it is */\n.a .b > c + d :hover,\n.d {\n  margin: 0 auto !important;\n  width: calc(1px + 2px);\n}\n\
            @media (min-width: 3px) { .e { grid-column: 1 / -1; } }\n";
        let short = ".a .b>c + d :hover,.d{margin:0 auto!important;width:calc(1px + 2px)}@media (min-width:3px){.e{grid-column:1/-1}}";
        assert_eq!(super::css(long), short);
    }

    #[test]
    fn a_short_script_says_the_same() {
        // Why: a statement may end at its line's end, so lines must stay.
        let long =
            "/**\n * Says.\n */\nexport function f(a, b = 1) {\n    // One.\n    const c = a - -b;\n    return \"a = //\" // two\n}\n";
        assert_eq!(super::js(long), "export function f(a,b=1){\nconst c=a - -b;\nreturn \"a = //\" // two\n}\n");
    }

    #[test]
    fn a_name_is_another_wherever_it_stands() {
        // Why: a name that is part of a longer one is not that one.
        let names = [("wasm", "f0"), ("__free", "e1")].map(|(long, short)| (long.to_owned(), short.to_owned())).into();
        assert_eq!(super::renamed("let wasm;\nset_wasm(wasm.__free(wasm0), wasm)", &names), "let f0;\nset_wasm(f0.e1(wasm0), f0)");
    }
}
