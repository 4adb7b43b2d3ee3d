//! The native command line: runs scenarios and prints their answers.
fn main() {}
