//! A scenario file: commands with the answers expected of them, read and printed again without losing a byte.

use std::fmt::Write;

use super::command::Command;
use super::grammar::ParseError;

/// One command of a scenario, and what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The command's line, from 1.
    pub line_no: usize,
    /// The comment above it, line by line without `#`; none where there is none.
    pub comment: Option<String>,
    /// The command.
    pub command: Command,
    /// The answer below it, line by line; none where the file has none.
    pub expected: Option<Vec<String>>,
    /// The lines of the file before the answer, ends of line included.
    text: String,
}

/// A scenario file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its commands in order.
    pub steps: Vec<Step>,
    /// What follows the last answer.
    rest: String,
}

/// The line between a command and its answer.
const ANSWER: &str = "----";

impl Script {
    /// Reads a file; the number of the line that cannot be read, from 1, and why.
    pub fn parse(text: &str) -> Result<Script, (usize, ParseError)> {
        let mut script = Script::default();
        let mut comment: Option<String> = None;
        let mut lines = text.split_inclusive('\n').zip(1..).peekable();
        while let Some((raw, line_no)) = lines.next() {
            let line = bare(raw);
            let answers = match script.steps.last_mut() {
                // Only the line under a command opens its answer; anywhere else it is no command.
                Some(step) if line == ANSWER && step.expected.is_none() && script.rest.is_empty() => Some(step),
                _ => None,
            };
            if let Some(step) = answers {
                let mut expected = Vec::new();
                while let Some((answer, _)) = lines.next_if(|(answer, _)| !bare(answer).trim().is_empty()) {
                    expected.push(bare(answer).to_owned());
                }
                step.expected = Some(expected);
                continue;
            }
            match Command::parse_line(line).map_err(|error| (line_no, error))? {
                Some(command) => {
                    let text = std::mem::take(&mut script.rest) + raw;
                    script.steps.push(Step { line_no, comment: comment.take(), command, expected: None, text });
                }
                None => {
                    script.rest.push_str(raw);
                    match line.trim().strip_prefix('#') {
                        Some(words) => {
                            let comment = comment.get_or_insert_default();
                            if !comment.is_empty() {
                                comment.push('\n');
                            }
                            comment.push_str(words.strip_prefix(' ').unwrap_or(words));
                        }
                        // Of comments with a blank line between them, the last is the command's.
                        None if comment.is_some() && lines.peek().is_some_and(|(next, _)| bare(next).trim_start().starts_with('#')) => {
                            comment = None
                        }
                        None => {}
                    }
                }
            }
        }
        Ok(script)
    }

    /// The file with these answers in place of its own, one for each command; an empty one prints nothing. A shorter list of answers
    /// (a run that stopped) leaves the other commands without any.
    pub fn print(&self, answers: &[Vec<String>]) -> String {
        let mut text = String::new();
        let mut answered = false;
        for (i, step) in self.steps.iter().enumerate() {
            separate(&mut text, answered, &step.text);
            text.push_str(&step.text);
            let answer = answers.get(i).map_or(&[][..], Vec::as_slice);
            answered = !answer.is_empty();
            // A file may say in so many words that there is no answer.
            if answered || step.expected.as_ref().is_some_and(Vec::is_empty) {
                if !text.ends_with('\n') {
                    text.push('\n');
                }
                let _ = writeln!(text, "{ANSWER}");
            }
            for line in answer {
                let _ = writeln!(text, "{line}");
            }
        }
        separate(&mut text, answered, &self.rest);
        text.push_str(&self.rest);
        text
    }

    /// The answers the file expects, in the form [`Script::print`] takes.
    pub fn expected(&self) -> Vec<Vec<String>> {
        self.steps.iter().map(|step| step.expected.clone().unwrap_or_default()).collect()
    }
}

/// An answer ends at a blank line: puts one where the file has none.
fn separate(text: &mut String, answered: bool, next: &str) {
    let blank = next.split('\n').next().is_some_and(|line| line.trim().is_empty());
    if answered && !next.is_empty() && !blank {
        text.push('\n');
    }
}

/// A line without its end.
fn bare(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Whether an answer holds: as many lines, each the same, where `*` in the expected one stands for any text.
pub fn answer_matches(expected: &[String], actual: &[String]) -> bool {
    expected.len() == actual.len() && expected.iter().zip(actual).all(|(expected, actual)| line_matches(expected, actual))
}

fn line_matches(expected: &str, actual: &str) -> bool {
    let mut pieces = expected.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = actual.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        // The earliest place leaves the most for the pieces to come.
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|line| (*line).to_owned()).collect()
    }

    // Recorded answers hold `*` where two real clusters differ; elsewhere not a letter may.
    #[test]
    fn a_star_stands_for_any_text_within_a_line() {
        let matches = |expected: &str, actual: &str| answer_matches(&lines(&[expected]), &lines(&[actual]));
        assert!(matches("t-0@*", "t-0@17"));
        assert!(matches("t-0 leader=* isr=1,* hw", "t-0 leader=1 isr=1,2 hw"));
        assert!(matches("*", ""));
        assert!(matches("a*b*c", "abbcc"));
        assert!(!matches("a*a", "a"));
        assert!(!matches("t-0@1", "t-0@17"));
        assert!(!matches("t-0@*x", "t-0@17"));
        assert!(!answer_matches(&lines(&["*"]), &lines(&["a", "b"])));
    }

    // A failing run is filed as the file with its real answers: what the author wrote around them must stay.
    #[test]
    fn prints_new_answers_into_the_same_layout() {
        let text = "# Why.\ncluster brokers=1\n\ntopic t  partitions=1 # one\ndescribe brokers\n----\n1 fenced\n\nwait 1s";
        let script = Script::parse(text).expect("reads");
        assert_eq!(script.steps.len(), 4);
        assert_eq!(script.steps[0].comment.as_deref(), Some("Why."));
        assert_eq!(script.steps[2].expected, Some(lines(&["1 fenced"])));
        assert_eq!(script.steps[3].line_no, 9);
        assert_eq!(script.print(&script.expected()), text);
        let answers = [vec![], lines(&["TIMED_OUT"]), lines(&["1 active"]), vec![]];
        assert_eq!(
            script.print(&answers),
            "# Why.\ncluster brokers=1\n\ntopic t  partitions=1 # one\n----\nTIMED_OUT\n\ndescribe brokers\n----\n1 active\n\nwait 1s"
        );
    }

    // An answer of nothing is one that can fail, so it must stay when printed.
    #[test]
    fn an_empty_answer_is_kept() {
        let text = "heal\n----\n\nwait 1s\n";
        let script = Script::parse(text).expect("reads");
        assert_eq!(script.steps[0].expected, Some(vec![]));
        assert_eq!(script.print(&script.expected()), text);
    }

    // A lost separator must not make an answer out of the next command, or of a stray line.
    #[test]
    fn says_which_line_cannot_be_read() {
        let (line, error) = Script::parse("cluster brokers=1\nproducre p1\n").expect_err("a typo");
        assert_eq!((line, error.nearest.as_deref()), (2, Some("producer")));
        let (line, _) = Script::parse("----\n1 active\n").expect_err("an answer to nothing");
        assert_eq!(line, 1);
    }
}
