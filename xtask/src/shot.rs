//! Pictures and measurements of the page in headless Chromium: `cargo xtask shot`, `cargo xtask bench-page`.

use crate::driver::{Browser, Options, Site};
use crate::{build, test};
use std::path::Path;
use std::time::Duration;

/// The windows that pictures are made of, in CSS pixels.
const SIZES: [(u32, u32); 5] = [(1440, 900), (1024, 768), (768, 1024), (360, 780), (320, 640)];
/// True once the cluster stands.
const STANDS: &str = "return !!window.playground && document.querySelectorAll('svg.sc g.broker').length === 3";
/// Numbers of messages in flight that are measured.
const FLIGHTS: [u32; 3] = [100, 1_000, 10_000];

fn open(site: &Site, options: &Options) -> Result<Browser, String> {
    let browser = Browser::start(options)?;
    browser.go(&site.address)?;
    browser.wait_for(STANDS)?;
    Ok(browser)
}

/// The page of `dist/`, built when it is missing.
fn site() -> Result<Site, String> {
    test::provide_browser()?;
    let dist = build::root().join("dist");
    if !dist.join("index.html").exists() {
        build::dist()?;
    }
    Site::serve(&dist)
}

fn picture(browser: &Browser, out: &Path, name: &str) -> Result<(), String> {
    let file = out.join(format!("{name}.png"));
    std::fs::write(&file, browser.screenshot()?).map_err(|e| format!("{}: {e}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}

/// Pictures of the page in every size, language and theme after six seconds, and of a fail-over.
pub fn run(out: &Path) -> Result<(), String> {
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let site = site()?;
    for (language, short) in [("en-US", "en"), ("ko-KR", "ko")] {
        for dark in [false, true] {
            let theme = if dark { "dark" } else { "light" };
            let browser = open(&site, &Options { language, dark, ..Options::default() })?;
            std::thread::sleep(Duration::from_secs(6));
            for (width, height) in SIZES {
                browser.resize(width, height)?;
                std::thread::sleep(Duration::from_millis(700));
                picture(&browser, out, &format!("{width}x{height}-{short}-{theme}"))?;
            }
            browser.resize(1440, 900)?;
            browser.js("playground.pause()")?;
            browser.click("#pw-2")?;
            browser.js("playground.seek(playground.state().time + 9_400_000); playground.play()")?;
            std::thread::sleep(Duration::from_millis(2_500));
            picture(&browser, out, &format!("failover-{short}-{theme}"))?;
        }
    }
    Ok(())
}

/// Measures frames with many messages in flight, which slow links keep there: the script's share of a frame, and frames a second.
pub fn bench() -> Result<(), String> {
    let site = site()?;
    println!("{:>8} {:>8} {:>10} {:>10} {:>8}", "asked", "flights", "script p50", "script p95", "fps");
    for wanted in FLIGHTS {
        let browser = open(&site, &Options::default())?;
        // One producer has one request a connection in flight for each send that is not batched with others: acks=0 and no waiting.
        let prepare = "playground.pause(); playground.apply('producer flood acks=0 batch.size=0 linger.ms=0 enable.idempotence=false'); \
             playground.apply('send flood orders partition=0 value=x'); playground.seek(playground.state().time + 2_000_000); \
             for (const b of [1, 2, 3]) playground.apply(`slow flood ${b} latency=60s`);";
        browser.js(prepare)?;
        browser.js(&format!(
            "playground.apply('send flood orders partition=0 value=x count={wanted}'); playground.seek(playground.state().time + 1_000_000)"
        ))?;
        let flights = browser.js("return playground.state().messages.length")?;
        // A frame's script is the page's callback with what it leaves to microtasks: the components are updated there.
        let measured = browser.js(
            "const real = window.requestAnimationFrame.bind(window); const spent = []; \
             window.requestAnimationFrame = (f) => real((t) => { const a = performance.now(); f(t); queueMicrotask(() => queueMicrotask(() => spent.push(performance.now() - a))); }); \
             playground.play(); \
             return new Promise((done) => { let frames = 0; const start = performance.now(); \
               const count = () => { frames++; if (performance.now() - start < 5000) real(count); else { \
                 const sorted = spent.sort((a, b) => a - b); const at = (p) => sorted[Math.floor((sorted.length - 1) * p)] ?? -1; \
                 done([at(0.5), at(0.95), frames / (performance.now() - start) * 1000, playground.state().messages.length]); } }; real(count); })",
        )?;
        let number = |i: usize| measured[i].as_f64().unwrap_or(-1.0);
        println!("{wanted:>8} {flights:>8} {:>8.2}ms {:>8.2}ms {:>8.1}", number(0), number(1), number(2));
    }
    Ok(())
}
