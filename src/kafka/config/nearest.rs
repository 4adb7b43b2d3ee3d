//! The known word nearest to an unknown one.

/// The Damerau-Levenshtein distance (optimal string alignment) of two words, in edits: a letter put in, left out, replaced, or two
/// neighbours swapped.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

/// The word of `known` nearest to `word`, the first of equals; none where even that one is too far to be what was meant
/// (more than a third of the letters, at least 2 edits allowed from 3 letters on).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let length = word.chars().count();
    let allowed = (length / 3).max(if length > 2 { 2 } else { 1 });
    // A longer word is never nearer than the difference of the lengths; skipping those keeps long and hostile words cheap.
    known
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (distance(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(edits, candidate)| *edits <= allowed && *edits < candidate.chars().count())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    // A mistyped word is answered with the one that was meant, and only then: a far-fetched guess misleads.
    #[test]
    fn finds_what_was_meant() {
        let commands = ["produce", "producer", "partitions", "power-loss", "pause", "read"];
        assert_eq!(nearest("prodcue", commands), Some("produce"));
        assert_eq!(nearest("Producer", commands), Some("producer"));
        assert_eq!(nearest("raed", commands), Some("read"));
        assert_eq!(nearest("powerloss", commands), Some("power-loss"));
        assert_eq!(nearest("elephant", commands), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest("", commands), None);
    }

    // Two neighbours swapped is the commonest slip and must count once.
    #[test]
    fn a_swap_is_one_edit() {
        assert_eq!(distance("acsk", "acks"), 1);
        assert_eq!(distance("acks", "acks"), 0);
        assert_eq!(distance("", "acks"), 4);
    }
}
