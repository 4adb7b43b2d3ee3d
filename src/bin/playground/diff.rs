//! Two answers side by side, line by line.

use kafka_playground::world::script::answer_matches;

/// The lines of both answers in order: `  ` where they agree, `- ` expected and not found, `+ ` found and not expected.
pub(super) fn diff(expected: &[String], found: &[String]) -> Vec<String> {
    let same = |i: usize, j: usize| answer_matches(&expected[i..=i], &found[j..=j]);
    // The longest common subsequence from each place on.
    let (n, m) = (expected.len(), found.len());
    let mut longest = vec![vec![0_usize; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            longest[i][j] = if same(i, j) { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < n || j < m {
        if i < n && j < m && same(i, j) {
            lines.push(format!("  {}", found[j]));
            (i, j) = (i + 1, j + 1);
        } else if i < n && (j == m || longest[i + 1][j] >= longest[i][j + 1]) {
            lines.push(format!("- {}", expected[i]));
            i += 1;
        } else {
            lines.push(format!("+ {}", found[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    // The one line that differs must stand out among those that do not, and a `*` is no difference.
    #[test]
    fn shows_only_what_differs() {
        let lines = |text: &str| text.split('|').filter(|l| !l.is_empty()).map(str::to_string).collect::<Vec<_>>();
        assert_eq!(diff(&lines("a|b*|c"), &lines("a|b7|d")), lines("  a|  b7|- c|+ d"));
        assert_eq!(diff(&lines("a|b"), &lines("b")), lines("- a|  b"));
        assert_eq!(diff(&lines(""), &lines("b")), lines("+ b"));
    }
}
