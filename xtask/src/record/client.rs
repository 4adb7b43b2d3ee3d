//! A Kafka client in a process of its own (`Client.java`), asked and answering one JSON line at a time.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Client {
    pub(crate) process: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// What it said to its configuration: `ok`, or why not.
    pub(crate) first: Value,
}

impl Client {
    /// Starts `java`, whose first line is `first` (its role and configuration).
    pub(crate) fn start(mut java: Command, first: &Value) -> Result<Client, String> {
        let mut process =
            java.arg("Client").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|e| format!("starting a client: {e}"))?;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a client without pipes".to_string());
        };
        let mut client = Client { process, stdin, stdout: BufReader::new(stdout), first: Value::Null };
        client.first = client.ask(first);
        Ok(client)
    }

    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        let mut line = String::new();
        let asked = writeln!(self.stdin, "{command}").and_then(|()| self.stdin.flush()).and_then(|()| self.stdout.read_line(&mut line));
        if asked.is_err() { json!("died") } else { serde_json::from_str(&line).unwrap_or_else(|_| json!("died")) }
    }
}
