//! The recorded scenarios that are not expected to hold yet; the native tests and those in a browser share the list.

/// Their names, without the ending.
pub(crate) const NOT_YET: &[&str] = &[
    "group-kip848",
    "log-compaction",
    "log-retention",
    "transaction-commit-abort",
    "transaction-fenced",
    "transaction-offsets",
    "transaction-open-holds-others",
];
