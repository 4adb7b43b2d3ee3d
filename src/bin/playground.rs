//! The native command line: runs scenarios and prints their answers.

#[cfg(not(target_arch = "wasm32"))]
mod playground {
    pub(crate) mod args;
    pub(crate) mod diff;
    pub(crate) mod run;
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    playground::run::main(std::env::args().skip(1).collect())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
