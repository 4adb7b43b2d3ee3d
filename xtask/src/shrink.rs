//! Takes out of the site's texts what only their readers need: comments, indentation, long names of imports.

use std::collections::BTreeMap;
use std::path::Path;
use walrus::ImportKind;

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
            short += line;
            short.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    short
}

/// Gives what wasm-bindgen's script and the program have of each other short names, in both. Each long one has a hash.
pub fn joint_names(module: &mut walrus::Module, script: &Path) -> Result<(), String> {
    let broken = |e: std::io::Error| format!("{}: {e}", script.display());
    let mut text = std::fs::read_to_string(script).map_err(broken)?;
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let imports = module.imports.iter_mut().filter(|i| matches!(i.kind, ImportKind::Function(_))).map(|i| ('i', &mut i.name));
    let exports = module.exports.iter_mut().filter(|e| e.name.contains("__closures_")).map(|e| ('e', &mut e.name));
    for (kind, name) in imports.chain(exports) {
        let n = names.len();
        let short = names.entry(name.clone()).or_insert_with(|| format!("{kind}{n}"));
        if !text.contains(name.as_str()) {
            return Err(format!("{}: found no {name}, expected what wasm-bindgen writes", script.display()));
        }
        *name = short.clone();
    }
    for (long, short) in &names {
        text = text.replace(long, short);
    }
    std::fs::write(script, text).map_err(broken)
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
        let long = "/**\n * Says.\n */\nexport function f() {\n    // One.\n    return \"//\" // two\n}\n";
        assert_eq!(super::js(long), "export function f() {\nreturn \"//\" // two\n}\n");
    }
}
