//! A small WebDriver client for headless Chromium through chromedriver, over plain TCP.
#![allow(clippy::disallowed_methods)] // a test of a real browser waits for real time

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take before it counts as broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the browser of a session is like.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The window, in CSS pixels.
    pub(crate) size: (u32, u32),
    /// The browser's language, as a tag.
    pub(crate) language: &'static str,
    /// Whether the person prefers dark.
    pub(crate) dark: bool,
    /// Whether the person prefers less motion.
    pub(crate) still: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { size: (1440, 900), language: "en-US", dark: false, still: false }
    }
}

/// A browser with one page; both end when it is dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: PathBuf,
}

/// The keys of WebDriver that are no characters.
pub(crate) mod key {
    /// Moves the focus on.
    pub(crate) const TAB: &str = "\u{e004}";
    /// Activates.
    pub(crate) const ENTER: &str = "\u{e007}";
    /// Goes back.
    pub(crate) const LEFT: &str = "\u{e012}";
    /// Goes on.
    pub(crate) const RIGHT: &str = "\u{e014}";
    /// Goes down.
    pub(crate) const DOWN: &str = "\u{e015}";
}

impl Browser {
    /// Starts a browser of its own profile.
    pub(crate) fn start(options: &Options) -> Result<Browser, String> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())?.port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("chromedriver: {e}; cargo xtask test installs it, or says how"))?;
        let profile = std::env::temp_dir().join(format!("kafka-playground-{}-{port}", std::process::id()));
        let mut browser = Browser { driver, port, session: String::new(), profile };
        let began = Instant::now();
        while browser.call("GET", "/status", None).is_err() {
            if began.elapsed() > PATIENCE {
                return Err("chromedriver does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        let (w, h) = options.size;
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--hide-scrollbars".into(),
            format!("--window-size={w},{h}"),
            format!("--lang={}", options.language),
            format!("--user-data-dir={}", browser.profile.display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments, "prefs": {"intl": {"accept_languages": options.language}}},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = browser.call("POST", "/session", Some(&wanted))?;
        browser.session = format!("/session/{}", answer["sessionId"].as_str().ok_or("a session without an id")?);
        browser.post("/timeouts", &json!({"script": 60_000, "pageLoad": 60_000}))?;
        browser.resize(w, h)?;
        browser.prefer(options.dark, options.still)?;
        Ok(browser)
    }

    /// One request to chromedriver.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let broken = |e: std::io::Error| format!("chromedriver {method} {path}: {e}");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(broken)?;
        stream.set_read_timeout(Some(PATIENCE * 2)).map_err(broken)?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).map_err(broken)?;
        let mut reader = BufReader::new(stream);
        let (mut length, mut line) = (0, String::new());
        while reader.read_line(&mut line).map_err(broken)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).map_err(broken)?;
        let answer: Value = serde_json::from_slice(&bytes).map_err(|e| format!("chromedriver {method} {path}: {e}"))?;
        let value = answer["value"].clone();
        match value.get("error").and_then(Value::as_str) {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or("").lines().next().unwrap_or(""))),
            None => Ok(value),
        }
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.call("POST", &format!("{}{path}", self.session), Some(body))
    }

    /// A command of the Chrome DevTools protocol.
    pub(crate) fn cdp(&self, command: &str, parameters: &Value) -> Result<Value, String> {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) fn go(&self, address: &str) -> Result<(), String> {
        self.post("/url", &json!({"url": address})).map(|_| ())
    }

    /// Loads the page again.
    pub(crate) fn reload(&self) -> Result<(), String> {
        self.post("/refresh", &json!({})).map(|_| ())
    }

    /// Runs the body of a function and returns what it returns, or its promise's outcome.
    pub(crate) fn js(&self, body: &str) -> Result<Value, String> {
        self.js_with(body, &[])
    }

    /// The same with `arguments`.
    pub(crate) fn js_with(&self, body: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("/execute/sync", &json!({"script": body, "args": arguments})).map_err(|e| format!("{e}\n  in: {body}"))
    }

    /// Waits until a script's value is true in JavaScript's sense, and returns it.
    pub(crate) fn wait_for(&self, body: &str) -> Result<Value, String> {
        let began = Instant::now();
        loop {
            let value = self.js(body)?;
            if !matches!(value, Value::Null | Value::Bool(false)) && value != json!(0) && value != json!("") {
                return Ok(value);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("waited in vain for: {body}\n  the console says: {:?}", self.console()));
            }
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    /// Clicks what a selector finds first, where a person would.
    pub(crate) fn click(&self, selector: &str) -> Result<(), String> {
        let element = self.post("/element", &json!({"using": "css selector", "value": selector}))?;
        let id = element.as_object().and_then(|o| o.values().next()).and_then(Value::as_str).ok_or_else(|| format!("no {selector}"))?;
        self.post(&format!("/element/{id}/click"), &json!({})).map(|_| ()).map_err(|e| format!("clicking {selector}: {e}"))
    }

    /// Presses keys one after another where the focus is.
    pub(crate) fn press(&self, keys: &[&str]) -> Result<(), String> {
        let actions: Vec<Value> =
            keys.iter().flat_map(|k| [json!({"type": "keyDown", "value": k}), json!({"type": "keyUp", "value": k})]).collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})).map(|_| ())
    }

    /// Gives the page another size, in CSS pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) -> Result<(), String> {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics).map(|_| ())
    }

    /// What the person prefers.
    pub(crate) fn prefer(&self, dark: bool, still: bool) -> Result<(), String> {
        let features = json!([
            {"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }},
            {"name": "prefers-reduced-motion", "value": if still { "reduce" } else { "no-preference" }},
        ]);
        self.cdp("Emulation.setEmulatedMedia", &json!({"features": features})).map(|_| ())
    }

    /// A picture of the page as PNG.
    pub(crate) fn screenshot(&self) -> Result<Vec<u8>, String> {
        let picture = self.call("GET", &format!("{}/screenshot", self.session), None)?;
        base64(picture.as_str().ok_or("a screenshot without a picture")?)
    }

    /// What the console said since it was last asked: warnings and errors, in words.
    pub(crate) fn console(&self) -> Result<Vec<String>, String> {
        let log = self.post("/se/log", &json!({"type": "browser"}))?;
        let lines = log.as_array().into_iter().flatten().filter(|l| matches!(l["level"].as_str(), Some("SEVERE" | "WARNING")));
        Ok(lines.map(|l| l["message"].as_str().unwrap_or("").to_owned()).collect())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Chromium ends with its session; a driver that does not answer is ended below.
            let _ = self.call("DELETE", &self.session, None);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// A folder served on a free port of loopback until it is dropped.
pub(crate) struct Site {
    /// Where it is found.
    pub(crate) address: String,
    port: u16,
    is_open: Arc<AtomicBool>,
}

impl Site {
    /// Serves a folder that holds the page.
    pub(crate) fn serve(folder: &Path) -> Result<Site, String> {
        if !folder.join("index.html").exists() {
            return Err(format!("{} holds no page; run: cargo xtask test", folder.display()));
        }
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let port = listener.local_addr().map_err(|e| e.to_string())?.port();
        let is_open = Arc::new(AtomicBool::new(true));
        let (goes_on, folder) = (is_open.clone(), folder.to_path_buf());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !goes_on.load(Ordering::SeqCst) {
                    return;
                }
                let folder = folder.clone();
                std::thread::spawn(move || super::server::answer(stream, &folder));
            }
        });
        Ok(Site { address: format!("http://127.0.0.1:{port}/"), port, is_open })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.is_open.store(false, Ordering::SeqCst);
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The bytes of a text in base64.
pub(crate) fn base64(text: &str) -> Result<Vec<u8>, String> {
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0);
    for c in text.bytes().filter(|c| *c != b'=') {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err(format!("found {:?}, expected base64", char::from(c))),
        };
        held = held << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Ok(bytes)
}
