//! One cluster with its clients: commands in, facts out.

pub mod command;
pub mod grammar;
pub mod print;
pub mod script;
