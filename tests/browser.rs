//! The page in headless Chromium, as a person meets it: `cargo xtask test` builds `dist/` and runs this; plain `cargo test` leaves it out.

#[path = "browser/driver.rs"]
#[allow(dead_code)] // xtask uses the rest
mod driver;
#[path = "kafka/not_yet.rs"]
mod not_yet;
#[path = "browser/server.rs"]
#[allow(dead_code)] // xtask uses the rest
mod server;

use driver::{Browser, Options, Site, key};
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::lab::player::{OPENING, Player};
use kafka_playground::lab::{golden, runner};
use kafka_playground::sim::EPOCH;
use kafka_playground::world::canon;
use kafka_playground::world::script::answer_matches;
use not_yet::NOT_YET;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// True once the program has drawn the cluster, not only the page's standing picture.
const STANDS: &str = "return !!window.playground && document.querySelectorAll('svg.sc g.broker').length === 3";
const SECOND: i64 = 1_000_000;

type Outcome = Result<(), String>;

fn dist() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dist")
}

/// The page in a browser of its own, with the site it was loaded from.
fn open(options: &Options) -> Result<(Browser, Site), String> {
    let site = Site::serve(&dist())?;
    let browser = Browser::start(options)?;
    browser.go(&site.address)?;
    browser.wait_for(STANDS)?;
    Ok((browser, site))
}

/// The same, paused at once, so that time is the test's.
fn open_paused() -> Result<(Browser, Site), String> {
    let (browser, site) = open(&Options::default())?;
    browser.js("playground.pause()")?;
    Ok((browser, site))
}

fn state(browser: &Browser) -> Result<Value, String> {
    browser.js("return playground.state()")
}

fn time(browser: &Browser) -> Result<i64, String> {
    state(browser)?["time"].as_f64().map(|t| t as i64).ok_or_else(|| "a state without a time".into())
}

/// Lets so many seconds of the cluster pass at once.
fn pass(browser: &Browser, seconds: i64) -> Result<i64, String> {
    let until = time(browser)? + seconds * SECOND;
    browser.js_with("playground.seek(arguments[0])", &[json!(until)])?;
    let now = time(browser)?;
    if now == until { Ok(until) } else { Err(format!("seeking to {until} ended at {now}")) }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(what()) }
}

fn facts(browser: &Browser) -> Result<Vec<String>, String> {
    let facts = browser.js("return playground.facts(0).map((fact) => fact.text)")?;
    Ok(facts.as_array().into_iter().flatten().map(|f| f.as_str().unwrap_or("").to_owned()).collect())
}

/// The number in a state, at a path.
fn number(state: &Value, pointer: &str) -> i64 {
    state.pointer(pointer).and_then(Value::as_f64).map_or(-1, |n| n as i64)
}

#[test]
fn loads_cleanly_from_its_own_origin() -> Outcome {
    // Why: a page that says errors, breaks its own security policy or asks another host for anything is broken for somebody.
    let (browser, site) = open(&Options::default())?;
    ensure(browser.js("return document.querySelectorAll('svg.sc .phead').length")? == json!(4), || {
        "four partitions stand as columns".into()
    })?;
    ensure(browser.js("return document.querySelectorAll('svg.sc .strip[role=gridcell]').length")? == json!(12), || {
        "twelve replicas stand".into()
    })?;
    ensure(browser.js("return document.querySelectorAll('button.send').length > 0")? == json!(true), || "a producer can send".into())?;
    let began = time(&browser)?;
    browser.wait_for(&format!("return playground.state().time > {began}"))?;
    let asked = browser.js("return performance.getEntriesByType('resource').map((r) => r.name)")?;
    for name in asked.as_array().into_iter().flatten().filter_map(Value::as_str) {
        ensure(name.starts_with(&site.address), || format!("the page asked for {name}"))?;
    }
    let said = browser.console()?;
    ensure(said.is_empty(), || format!("the console says {said:#?}"))
}

#[test]
fn the_opening_needs_a_part_of_the_program_alone() -> Outcome {
    // Why: a first visit waits for what the opening runs, not for all that a person may do later; and then that must be there too.
    const RESTS: &str = "return performance.getEntriesByType('resource').filter((r) => r.name.includes('app_rest')).length";
    let narrow = Options { size: (360, 780), language: "ko-KR", dark: true, ..Options::default() };
    let between = Options { size: (768, 1024), language: "ko-KR", ..Options::default() };
    for options in [Options::default(), between, narrow] {
        // What a frame finds to do hangs on how long the one before took, so that now and then one does what no watched opening did.
        let mut early = 0;
        loop {
            let (browser, _site) = open(&options)?;
            std::thread::sleep(std::time::Duration::from_secs(2));
            let is_early = browser.js(RESTS)? != json!(0);
            browser.wait_for(RESTS)?;
            ensure(browser.js("return playground.run('cluster brokers=3\\n').length > 0")? == json!(true), || "the rest answers".into())?;
            let is_dressed = "return document.adoptedStyleSheets.length === 1 && document.styleSheets.length === 0";
            ensure(browser.js(is_dressed)? == json!(true), || "the whole style sheet takes the first one's place".into())?;
            if !is_early {
                break;
            }
            early += 1;
            ensure(early < 3, || format!("{options:?}: the opening runs what is not among the first"))?;
        }
    }
    Ok(())
}

#[test]
fn what_was_set_up_ahead_is_what_the_program_sets_up() -> Outcome {
    // Why: the site ships the memory that the set-up left; were it another than the program's own, the page would show what the core never did.
    let (browser, _site) = open_paused()?;
    let lived = |browser: &Browser| {
        browser.js(
            "playground.pause(); playground.seek(30e6); return [JSON.stringify(playground.state()), JSON.stringify(playground.facts(0))]",
        )
    };
    let shipped = lived(&browser)?;
    browser.click(".b-again")?;
    browser.wait_for("return playground.state().time < 30e6")?;
    let own = lived(&browser)?;
    ensure(shipped == own, || format!("found {shipped}\n expected {own}"))
}

#[test]
fn a_rest_that_cannot_be_loaded_is_said() -> Outcome {
    // Why: a connection that breaks after the opening must not leave a page that looks alive and does nothing.
    let site = Site::serve(&dist())?;
    let browser = Browser::start(&Options::default())?;
    browser.cdp("Network.enable", &json!({}))?;
    browser.cdp("Network.setBlockedURLs", &json!({"urls": ["*app_rest*"]}))?;
    browser.go(&site.address)?;
    browser.wait_for(STANDS)?;
    browser.click("#pw-2")?;
    browser.wait_for("return document.getElementById('trouble').innerText.includes('could not be loaded')")?;
    Ok(())
}

#[test]
fn scenarios_hold_in_wasm() -> Outcome {
    // Why: what holds natively must hold in the browser too, or the page shows another Kafka than the tests check.
    let (browser, _site) = open_paused()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = Vec::new();
    for folder in ["kafka/scenarios", "kafka/ours", "lessons"] {
        for entry in std::fs::read_dir(root.join(folder)).map_err(|e| format!("{folder}: {e}"))? {
            files.push(entry.map_err(|e| e.to_string())?.path());
        }
    }
    files.retain(|f| f.extension().is_some_and(|e| e == "txt"));
    files.sort();
    let (mut held, mut wrong) = (0, Vec::new());
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if NOT_YET.contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{name}: {e}"))?;
        let native = runner::run(&text);
        let script = native.script.as_ref().ok_or_else(|| format!("{name} cannot be read"))?;
        let ran =
            browser.js_with("try { return playground.run(arguments[0]) } catch (e) { return 'Error: ' + e.message }", &[json!(text)])?;
        let ran = ran.as_str().unwrap_or("").to_owned();
        let holds = script.steps.iter().zip(&native.answers).all(|(s, a)| answer_matches(&s.expected.clone().unwrap_or_default(), a));
        if ran == script.print(&native.answers) && holds {
            held += 1;
        } else {
            wrong.push(format!("{name}:\n{ran}"));
        }
    }
    println!("{held} scenarios hold in wasm");
    ensure(wrong.is_empty() && held > 0, || wrong.join("\n"))
}

#[test]
fn wasm_lives_the_same_run() -> Outcome {
    // Why: determinism to the byte is what links, seeking and every comparison with the native tests stand on.
    let (browser, _site) = open_paused()?;
    let here = browser.js("return playground.fingerprint()")?;
    let native = format!("{:016x}", golden::golden_run());
    ensure(here == json!(native), || format!("the browser's fingerprint is {here}, the native one {native}"))
}

#[test]
fn a_cluster_in_the_console_is_another_run() -> Outcome {
    // Why: three controllers or ZooKeeper are asked for by the line that makes a cluster; nobody should have to lose their run for it.
    let (browser, _site) = open_paused()?;
    let submit = |line: &str| {
        browser
            .js_with("const f = document.querySelector('.console input'); f.value = arguments[0]; f.form.requestSubmit()", &[json!(line)])
    };
    // One that cannot be is refused for what is wrong with it, and nothing is left.
    submit("cluster brokers=0")?;
    browser.wait_for("return /0/.test(document.querySelector('.cerr')?.textContent ?? '') && !!playground.state().topics.orders")?;
    submit("cluster brokers=3 controllers=3")?;
    browser.wait_for("return document.querySelectorAll('svg.sc [data-hit^=\"c/\"]').length === 3")?;
    submit("cluster brokers=3 profile=3.9-zk")?;
    browser.wait_for("return /ZooKeeper|zk/.test(document.querySelector('svg.sc').textContent)")?;
    ensure(browser.js("return playground.state().topics.orders === undefined")? == json!(true), || "it begins empty".into())
}

#[test]
fn what_if_is_counted_by_forks_and_then_done() -> Outcome {
    // Why: "what happens to my data if these die now?" is the question people come with; the table answers it, the scene shows it, and a
    // click does it, in a run of its own.
    let (browser, _site) = open_paused()?;
    browser.click("button.b-whatif")?;
    browser.wait_for("return document.querySelector('.whatif table')?.getAttribute('aria-busy') === 'false'")?;
    let rows = browser
        .js("return [...document.querySelectorAll('.whatif tbody tr:not(.grp)')].map((tr) => [...tr.cells].map((td) => td.textContent))")?;
    let counts = |at: usize| -> Vec<&str> { rows[at].as_array().into_iter().flatten().skip(2).filter_map(Value::as_str).collect() };
    ensure(rows.as_array().map(Vec::len) == Some(6), || format!("three brokers and three pairs, not {rows}"))?;
    ensure(counts(0) == ["0", "0", "0"], || format!("one broker of three may crash: {rows}"))?;
    ensure(counts(3) == ["0", "0", "4"], || format!("two leave four partitions under min ISR: {rows}"))?;
    let before = time(&browser)?;
    browser.js("document.querySelectorAll('.whatif th .lk')[3].focus()")?;
    browser.wait_for("return document.querySelectorAll('.supposed .frame').length === 2")?;
    ensure(time(&browser)? == before, || "asking lets no time pass".into())?;
    browser.js("document.querySelectorAll('.whatif th .lk')[3].click()")?;
    browser.wait_for("const b = playground.state().brokers; return !b[1].running && !b[2].running && b[3].running")?;
    browser.wait_for("return document.querySelectorAll('.supposed .frame').length === 0").map(|_| ())
}

/// What the main job's person does, with the time of each act.
struct Acts(Vec<(i64, &'static str)>);

#[test]
fn main_job() -> Outcome {
    // Why: this is what the page is for: send by clicking, see the record arrive, kill the leader, see the next one, lose nothing.
    let (browser, _site) = open_paused()?;
    let mut acts = Acts(Vec::new());

    // Send: the card's key is apple, which goes to orders-1.
    acts.0.push((time(&browser)?, "send p1 orders key=apple value=1"));
    browser.click("button.send")?;
    pass(&browser, 2)?;
    browser.wait_for("return [...document.querySelectorAll('.outs li')].some((li) => /orders-1@\\d+/.test(li.textContent))")?;
    let after_send = state(&browser)?;
    let end = number(&after_send, "/brokers/2/logs/orders-1/highWatermark");
    ensure(end >= 1, || format!("orders-1 has a high watermark of {end} after the send"))?;
    let consumers = after_send["consumers"].as_object().ok_or("no consumers")?;
    let readers = consumers.values().filter(|c| c["positions"].get("orders-1").and_then(Value::as_f64) == Some(end as f64)).count();
    ensure(readers == 2, || format!("{readers} groups have read orders-1 up to {end}: {consumers:?}"))?;
    let shown = format!(
        "return [...document.querySelectorAll('table.pos tr')].filter((tr) => tr.cells[0].textContent === 'orders-1' && tr.cells[1].textContent === '{end}').length === 2"
    );
    browser.wait_for(&shown)?;

    // Kill the leader.
    let leader = number(&after_send, "/topics/orders/1/leader");
    ensure(leader == 2, || format!("broker {leader} leads orders-1"))?;
    acts.0.push((time(&browser)?, "kill 2"));
    browser.click("#pw-2")?;
    browser.wait_for("return !!document.querySelector('#pw-2[aria-checked=false]')")?;
    pass(&browser, 13)?;
    let failed_over = state(&browser)?;
    let next = number(&failed_over, "/topics/orders/1/leader");
    ensure(next != 2 && next > 0, || format!("broker {next} leads orders-1 after 2 was killed"))?;
    ensure(failed_over["brokers"]["2"]["running"] == json!(false), || "broker 2 still runs".into())?;
    browser.wait_for("return document.querySelectorAll('svg.sc g.broker.down').length === 1")?;

    // Send again, to the new leader; acks=all and min.insync.replicas=2 hold with two brokers.
    acts.0.push((time(&browser)?, "send p1 orders key=apple value=2"));
    browser.click("button.send")?;
    pass(&browser, 3)?;

    // Start it again; it comes back into the ISR.
    acts.0.push((time(&browser)?, "start 2"));
    browser.click("#pw-2")?;
    pass(&browser, 12)?;
    let healed = state(&browser)?;
    for partition in 0..4 {
        let isr = &healed["topics"]["orders"][partition]["isr"];
        let isr: BTreeSet<i64> = isr.as_array().into_iter().flatten().filter_map(Value::as_f64).map(|n| n as i64).collect();
        ensure(isr == BTreeSet::from([1, 2, 3]), || format!("the ISR of orders-{partition} is {isr:?}"))?;
    }
    browser.wait_for(
        "return !document.querySelector('svg.sc g.broker.down') && document.querySelectorAll('#pw-2[aria-checked=true]').length === 1",
    )?;

    // Nothing acknowledged is lost: every record lies below its partition's high watermark on every replica, and the second group read them all.
    browser.js("return playground.apply('rate p1 off')")?;
    acts.0.push((time(&browser)?, "rate p1 off"));
    pass(&browser, 5)?;
    let said = facts(&browser)?;
    let acknowledged: BTreeSet<(String, i64)> = said
        .iter()
        .filter(|f| f.contains(" RecordAcknowledged "))
        .filter_map(|f| {
            let partition = f.split_whitespace().nth(3)?.to_owned();
            let offset = f.split_whitespace().find_map(|w| w.strip_prefix("offset="))?.parse().ok()?;
            Some((partition, offset))
        })
        .collect();
    ensure(acknowledged.len() >= 10, || format!("only {} records were acknowledged", acknowledged.len()))?;
    let last = state(&browser)?;
    for (partition, offset) in &acknowledged {
        for broker in 1..=3 {
            let end = number(&last, &format!("/brokers/{broker}/logs/{partition}/highWatermark"));
            ensure(end > *offset, || format!("{partition}@{offset} was acknowledged; broker {broker} has a high watermark of {end}"))?;
        }
    }
    let read = browser.js("return playground.apply('read c3')")?;
    let read: BTreeSet<String> =
        read.as_array().into_iter().flatten().filter_map(|l| Some(l.as_str()?.split(' ').next()?.to_owned())).collect();
    for (partition, offset) in &acknowledged {
        ensure(read.contains(&format!("{partition}@{offset}")), || format!("c3 never read {partition}@{offset}: {read:?}"))?;
    }
    ensure(browser.js("return document.querySelectorAll('.bar .health .bad').length")? == json!(0), || "health shows trouble".into())?;

    // The same acts natively give the same facts, to the letter.
    let mut native = Player::open(OPENING).map_err(|(line, e)| format!("line {line} of the opening: {e}"))?;
    for (at, line) in &acts.0 {
        native.lab.seek(EPOCH + at);
        native.line(line).map_err(|e| format!("{line}: {e}"))?;
    }
    native.lab.seek(EPOCH + time(&browser)?);
    let expected: Vec<String> =
        native.lab.all_facts().iter().take(native.lab.happened()).map(|e| canon::line(native.lab.world(), e)).collect();
    let differs = expected.iter().zip(&said).position(|(a, b)| a != b);
    ensure(differs.is_none() && expected.len() == said.len(), || {
        let at = differs.unwrap_or(expected.len().min(said.len()));
        format!("fact {at} of {} / {}: natively {:?}, here {:?}", expected.len(), said.len(), expected.get(at), said.get(at))
    })
}

#[test]
fn keyboard_alone() -> Outcome {
    // Why: whoever cannot point must reach everything: send, time, a broker's power.
    let (browser, _site) = open_paused()?;
    let at = time(&browser)?;
    browser.press(&["s"])?;
    pass(&browser, 2)?;
    browser.wait_for("return [...document.querySelectorAll('.outs li')].some((li) => /orders-1@\\d+/.test(li.textContent))")?;
    // Space runs and stops time.
    browser.press(&[" "])?;
    browser.wait_for("return playground.state().playing")?;
    browser.press(&[" "])?;
    browser.wait_for("return !playground.state().playing")?;
    // Arrows go by single steps, and back to where they came from.
    let before = state(&browser)?;
    browser.press(&[key::RIGHT, key::RIGHT])?;
    let after = state(&browser)?;
    ensure(number(&after, "/steps") == number(&before, "/steps") + 2, || "two steps on".into())?;
    browser.press(&[key::LEFT, key::LEFT])?;
    ensure(number(&state(&browser)?, "/steps") == number(&before, "/steps"), || "two steps back".into())?;
    ensure(time(&browser)? > at, || "time went on".into())?;
    // B selects a broker, K kills it and starts it.
    browser.press(&["b", "k"])?;
    browser.wait_for("return playground.state().brokers['1'].running === false")?;
    browser.press(&["k"])?;
    browser.wait_for("return playground.state().brokers['1'].running === true")?;
    // Tab comes to every kind of control, and shows where it is.
    browser.js("document.activeElement?.blur()")?;
    let mut reached = BTreeSet::new();
    for _ in 0..80 {
        browser.press(&[key::TAB])?;
        let at = browser.js(
            "const e = document.activeElement; if (!e || e === document.body) return null; \
             const of = (s) => !!e.closest(s); \
             const kind = e.classList.contains('skip') ? 'skip' : e.classList.contains('send') ? 'send' : e.classList.contains('pp') ? 'play' : \
               of('.power') ? 'power' : of('[role=grid]') ? 'grid' : of('.lhandle') ? 'link' : of('.cin') ? 'console' : of('[role=slider]') ? 'playhead' : of('.lang') ? 'language' : 'other'; \
             const s = getComputedStyle(e.closest('.field') ?? e); return [kind, s.outlineStyle !== 'none' || s.boxShadow !== 'none' || kind === 'playhead' || e.namespaceURI.endsWith('svg')]",
        )?;
        let Some(kind) = at[0].as_str() else { continue };
        if at[1] != json!(true) {
            let what = browser.js("return document.activeElement.outerHTML.slice(0, 160)")?;
            return Err(format!("{kind} shows no focus: {what}"));
        }
        reached.insert(kind.to_owned());
    }
    for kind in ["skip", "send", "play", "power", "grid", "link", "console", "playhead", "language"] {
        ensure(reached.contains(kind), || format!("Tab does not reach {kind}: {reached:?}"))?;
    }
    Ok(())
}

#[test]
fn languages_and_themes() -> Outcome {
    // Why: a Korean reader is met in Korean, a choice outlives a reload, and dark is dark.
    let (browser, _site) = open(&Options { language: "ko-KR", dark: true, ..Options::default() })?;
    ensure(browser.js("return document.documentElement.lang")? == json!("ko"), || "Korean is the browser's first language".into())?;
    browser.wait_for("return /[가-힣]/.test(document.querySelector('button.send').textContent)")?;
    let light = "const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number); return (r + g + b) / 3";
    let brightness = |b: &Browser| -> Result<f64, String> { b.js(light)?.as_f64().ok_or_else(|| "a page without a colour".into()) };
    ensure(brightness(&browser)? < 100.0, || "a person who prefers dark sees dark".into())?;
    browser.prefer(false, false)?;
    ensure(brightness(&browser)? > 180.0, || "and light who prefers light".into())?;
    browser.click(".lang button[lang=en]")?;
    browser
        .wait_for("return document.documentElement.lang === 'en' && !/[가-힣]/.test(document.querySelector('button.send').textContent)")?;
    browser.reload()?;
    browser.wait_for(STANDS)?;
    ensure(browser.js("return document.documentElement.lang")? == json!("en"), || "the chosen language is kept".into())?;
    let said = browser.console()?;
    ensure(said.is_empty(), || format!("the console says {said:#?}"))
}

#[test]
fn less_motion_starts_paused() -> Outcome {
    // Why: who asked for less motion decides when anything moves.
    let (browser, _site) = open(&Options { still: true, ..Options::default() })?;
    let (before, playing) = (time(&browser)?, state(&browser)?["playing"].clone());
    ensure(playing == json!(false), || "time runs".into())?;
    std::thread::sleep(std::time::Duration::from_millis(500));
    ensure(time(&browser)? == before, || "time went on".into())
}

#[test]
fn the_api_answers_when_the_playhead_is_there() -> Outcome {
    // Why: scripts and the console neither block the page nor jump it, and a bad line says what was found and what was expected.
    let (browser, _site) = open_paused()?;
    let at = time(&browser)?;
    browser
        .js("window.answer = null; playground.apply('wait 3s').then((lines) => { window.answer = [playground.state().time, lines] })")?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    ensure(browser.js("return window.answer")? == Value::Null, || "`wait 3s` was answered before time ran".into())?;
    browser.js("playground.play()")?;
    browser.wait_for("return !!window.answer")?;
    browser.js("playground.pause()")?;
    let answered = browser.js("return window.answer[0]")?.as_f64().unwrap_or(0.0) as i64;
    ensure(answered >= at + 3 * SECOND, || format!("`wait 3s` given at {at} was answered at {answered}"))?;
    let refused = browser.js("return playground.apply('kil broker-1').then(() => 'done', (error) => error.message)")?;
    let refused = refused.as_str().unwrap_or("");
    ensure(refused.contains("found \"kil\"") && refused.contains("expected"), || format!("a bad line is refused with {refused:?}"))?;
    // Back and forth comes to the same.
    let here = state(&browser)?;
    let now = time(&browser)?;
    for far in [9 * SECOND, now - 1, 10 * SECOND + 123_456, now] {
        browser.js_with("playground.seek(arguments[0])", &[json!(far)])?;
    }
    let again = state(&browser)?;
    ensure(here == again, || format!("seeking back and forth changed\n{here}\nto\n{again}"))?;
    // Who waits for an answer of a run that is left is told so.
    browser.js("window.left = null; playground.apply('wait 3s').then(() => { window.left = 'answered' }, (error) => { window.left = error.message })")?;
    browser.click(".b-again")?;
    let left = browser.wait_for("return window.left")?;
    ensure(left.as_str().is_some_and(|why| why.contains("was left")), || format!("a run that is left answers {left}"))
}

#[test]
fn the_log_follows_the_playhead() -> Outcome {
    // Why: after a jump the newest fact is what the reader wants to see, not the place where the list happened to stand.
    let (browser, _site) = open_paused()?;
    let below = "const list = document.querySelector('.facts'); \
                 return [...list.querySelectorAll('li')].at(-1).getBoundingClientRect().bottom - list.getBoundingClientRect().bottom";
    for seconds in [1, 30, 60] {
        pass(&browser, seconds)?;
        browser.js("return new Promise((done) => setTimeout(done, 300))")?;
        let hidden = browser.js(below)?.as_f64().unwrap_or(-1.0);
        ensure((-300.0..4.0).contains(&hidden), || format!("{hidden} px of newer facts are out of sight after {seconds} s"))?;
    }
    // Who reads further up is left there.
    browser.js("document.querySelector('.facts').scrollBy(0, -100_000)")?;
    pass(&browser, 1)?;
    browser.js("return new Promise((done) => setTimeout(done, 300))")?;
    let hidden = browser.js(below)?.as_f64().unwrap_or(-1.0);
    ensure(hidden > 100.0, || "the log jumped away from its reader".into())
}

#[test]
fn opens_without_a_network() -> Outcome {
    // Why: once loaded, the page works in a train.
    let (browser, site) = open(&Options::default())?;
    browser.js("return navigator.serviceWorker.ready.then(() => true)")?;
    browser.wait_for("return caches.keys().then((names) => names.length > 0)")?;
    let address = site.address.clone();
    drop(site);
    let gone = browser.js("return fetch('not-kept-anywhere', { cache: 'no-store' }).then(() => false, () => true)")?;
    ensure(gone == json!(true), || format!("{address} still answers"))?;
    let _ = browser.console()?;
    browser.reload()?;
    browser.wait_for(STANDS)?;
    let began = time(&browser)?;
    browser.wait_for(&format!("return playground.state().time > {began}"))?;
    Ok(())
}

#[test]
fn fits_every_width() -> Outcome {
    // Why: on a phone, or enlarged four times, nobody scrolls sideways to read.
    for language in ["en-US", "ko-KR"] {
        let (browser, _site) = open(&Options { language, ..Options::default() })?;
        for (width, height) in [(1440, 900), (1024, 768), (768, 1024), (360, 780), (320, 640)] {
            browser.resize(width, height)?;
            browser.js("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200))))")?;
            let fits = browser.js("return [document.scrollingElement.scrollWidth, innerWidth]")?;
            let (content, window) = (number(&fits, "/0"), number(&fits, "/1"));
            ensure(content <= window, || format!("{language} at {width}: {content} px of content in {window} px"))?;
            let stands = browser.js("return document.querySelectorAll('svg.sc g.broker').length")?;
            ensure(stands == json!(3), || format!("{language} at {width}: {stands} brokers stand"))?;
        }
    }
    Ok(())
}

#[test]
fn flights_are_messages() -> Outcome {
    // Why: nothing moves without a cause: what the page draws in flight are the core's messages, all of them and no others.
    let (browser, _site) = open_paused()?;
    browser.js("playground.apply('send p1 orders key=apple value=1')")?;
    let mut seen = 0;
    for step in 0..120 {
        browser.js_with("playground.seek(playground.state().time + arguments[0])", &[json!(700 + 37 * step)])?;
        browser.js("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")?;
        let both = browser.js("const drawn = playground.drawn(); return [drawn, playground.state().messages.map((m) => m.id)]")?;
        let set = |value: &Value| -> BTreeSet<i64> {
            value.as_array().into_iter().flatten().filter_map(Value::as_f64).map(|n| n as i64).collect()
        };
        let (drawn, messages) = (set(&both[0]), set(&both[1]));
        seen += drawn.len();
        ensure(drawn == messages, || format!("in step {step} the page draws {drawn:?}, the world has {messages:?}"))?;
    }
    ensure(seen > 50, || format!("only {seen} flights were seen"))
}

#[test]
fn partitions_print_as_in_the_state() -> Outcome {
    // Why: scripts look partitions up by Kafka's name for them.
    let (browser, _site) = open_paused()?;
    let name = TopicPartition { topic: "orders".into(), partition: 3 }.to_string();
    ensure(state(&browser)?["brokers"]["1"]["logs"].get(&name).is_some(), || format!("the logs of broker-1 have no {name}"))
}

#[test]
fn a_panic_shows_what_replays_it() -> Outcome {
    // Why: whoever meets a fault of ours needs words instead of a page that stands still, and we need the run that leads there.
    let (browser, _site) = open_paused()?;
    browser.js("playground.apply('send p1 orders key=apple value=1')")?;
    pass(&browser, 1)?;
    browser.js("playground.apply('kill 2')")?;
    // Calling the program from within its own painting is against its rules.
    browser.js(
        "for (const name of ['fillRect', 'clearRect', 'setTransform']) CanvasRenderingContext2D.prototype[name] = () => playground.seek(0); \
         playground.play()",
    )?;
    let shown = "const place = document.getElementById('trouble'); return !place.hidden && place.querySelector('pre').textContent";
    let text = browser.wait_for(shown)?;
    let text = text.as_str().unwrap_or("");
    ensure(text.starts_with("# panicked at src/app/"), || format!("the page says {text:?}"))?;
    ensure(text.contains("\nsend p1 orders key=apple value=1\nwait 1s\nkill 2\n"), || format!("the scenario is {text:?}"))?;
    ensure(browser.js("return document.getElementById('app').hidden")? == json!(true), || "what is broken still stands".into())?;
    let outcome = runner::run(text);
    ensure(outcome.stopped.is_none(), || format!("the scenario stops at {:?}", outcome.stopped))
}

#[test]
fn a_fail_over_says_what_is_safe() -> Outcome {
    // Why: whether an acknowledged record outlived its leader is the question of every fail-over; the answer stands at the record.
    let (browser, _site) = open_paused()?;
    browser.click("button.send")?;
    pass(&browser, 2)?;
    browser.js("playground.apply('kill 2')")?;
    pass(&browser, 12)?;
    // Back to where the election was.
    browser.js("const elected = playground.facts(0).filter((fact) => / LeaderElected orders-1 /.test(fact.text)).at(-1); \
         playground.seek(Math.round(parseFloat(elected.text) * 1_000_000) + 3_000)")?;
    browser.wait_for("return /^orders-1@\\d+ acked, safe$/.test(document.querySelector('.callout text')?.textContent ?? '')")?;
    browser.wait_for("return document.querySelectorAll('svg.sc .c.safe').length > 0")?;
    Ok(())
}

#[test]
fn the_sheet_grows_without_dragging() -> Outcome {
    // Why: on a telephone the rail lies under the scene; one button must show more of it, for whoever cannot swipe.
    let (browser, _site) = open_paused()?;
    browser.resize(360, 780)?;
    let height = "return document.querySelector('.rail').getBoundingClientRect().height / innerHeight";
    let part = |b: &Browser| -> Result<f64, String> { b.js(height)?.as_f64().ok_or_else(|| "no sheet".into()) };
    ensure(part(&browser)? < 0.4, || "a peek of it".into())?;
    for (least, most) in [(0.45, 0.55), (0.85, 1.0), (0.1, 0.4)] {
        browser.click(".grab")?;
        let now = part(&browser)?;
        ensure((least..=most).contains(&now), || format!("{now} of the window, not {least} to {most}"))?;
    }
    // What is selected comes into sight by itself.
    browser.click(".phead")?;
    browser.wait_for("return document.querySelector('.rail.half .sel h2')?.textContent.includes('orders-')")?;
    Ok(())
}

#[test]
fn the_lens_opens_what_is_too_small() -> Outcome {
    // Why: three hundred columns are a pixel each; every replica must still be reached, by pointer and by keyboard.
    let (browser, _site) = open_paused()?;
    browser.js("playground.apply('topic big partitions=300 replication=3')")?;
    pass(&browser, 4)?;
    browser.wait_for("return document.querySelectorAll('.field .lens').length === 1")?;
    browser.js("const field = document.querySelector('.field rect'), b = field.getBoundingClientRect(); \
         field.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: b.left + b.width * 0.6, clientY: b.top + 2 }))")?;
    browser.wait_for("return !!document.querySelector('[role=gridcell][tabindex=\"0\"]')")?;
    let at = browser.js("const cell = document.querySelector('[role=gridcell][tabindex=\"0\"]'); cell.focus(); return cell.id")?;
    // A page has about forty columns: fifty steps come to the next one.
    browser.press(&[key::RIGHT; 50])?;
    browser
        .wait_for(&format!("return document.activeElement.getAttribute('role') === 'gridcell' && document.activeElement.id !== {at}"))?;
    Ok(())
}

#[test]
fn every_fault_has_a_key_and_a_row() -> Outcome {
    // Why: a fault that only the console can cause is one that most people never see.
    let (browser, _site) = open_paused()?;
    let on = |count: usize| format!("return document.querySelectorAll('.flt.on').length === {count}");
    // A broker: slow disk and back, stand still and go on, lose the power, start, lose the disk.
    browser.press(&["b", "D"])?;
    browser.wait_for(&on(1))?;
    browser.wait_for("return /slow disk/.test(document.querySelector('svg.sc g.broker').textContent)")?;
    browser.press(&["D"])?;
    browser.wait_for(&on(0))?;
    browser.press(&["p"])?;
    browser.wait_for("return document.querySelectorAll('svg.sc g.broker.paused').length === 1")?;
    browser.press(&["p", "l"])?;
    browser.wait_for("return playground.state().brokers['1'].running === false")?;
    pass(&browser, 12)?;
    browser.press(&["k"])?;
    browser.wait_for("return playground.state().brokers['1'].running === true")?;
    pass(&browser, 12)?;
    browser.press(&["d"])?;
    browser.wait_for("return playground.state().brokers['1'].running === false")?;
    // A link: slow, lossy, cut one way and the other, mended; by its rows as well as by its keys.
    browser.press(&["n", "d"])?;
    browser.wait_for(&on(1))?;
    browser.press(&["l"])?;
    browser.wait_for(&on(2))?;
    let cut = "return [...document.querySelectorAll('.sel .kv dd')].map((dd) => dd.classList.contains('bad')).join()";
    browser.press(&["X"])?;
    browser.wait_for(&format!("return (() => {{ {cut} }})() === 'true,false,false'"))?;
    browser.press(&["X"])?;
    browser.wait_for(&format!("return (() => {{ {cut} }})() === 'false,true,false'"))?;
    browser.press(&["x"])?;
    browser.wait_for(&on(2))?;
    browser.js("for (const back of [...document.querySelectorAll('.flt .val .btn')].reverse()) back.click()")?;
    browser.wait_for(&on(0))?;
    Ok(())
}

#[test]
fn the_control_plane_has_a_view() -> Outcome {
    // Why: who decides, how far everybody has read and whose session runs out is what an operator asks first.
    let (browser, _site) = open_paused()?;
    browser.js("document.querySelector('.controller').dispatchEvent(new MouseEvent('click', { bubbles: true }))")?;
    browser.wait_for("return document.querySelectorAll('.metalog:not(.sessions) > div:not(.rh)').length === 4 && document.querySelectorAll('.sessions > div').length === 3")?;
    browser.js("playground.apply('pause 3')")?;
    pass(&browser, 6)?;
    browser.wait_for("return /broker-3/.test(document.querySelector('.sel .note')?.textContent ?? '')")?;
    pass(&browser, 6)?;
    browser.wait_for("return /broker-3/.test(document.querySelector('.decs')?.textContent ?? '')")?;
    // A partition says who may lead it.
    browser.click(".phead")?;
    browser.wait_for("return [...document.querySelectorAll('.regs dt')].map((dt) => dt.textContent).join() === 'replicas,isr,elr,lastKnownElr,adding,removing'")?;
    Ok(())
}

#[test]
fn metrics_stand_over_the_timeline() -> Outcome {
    // Why: whoever knows Kafka from its dashboards must find the same names and the same numbers here.
    let (browser, _site) = open_paused()?;
    browser.click(".b-metrics")?;
    browser.wait_for("return document.querySelectorAll('.chart').length === 4")?;
    browser.js("playground.apply('kill 2')")?;
    pass(&browser, 13)?;
    browser.wait_for(
        "return document.querySelector('.chart b').textContent === '4' && document.querySelectorAll('.chart .gauge').length > 0",
    )?;
    browser.js("document.querySelectorAll('.mets input')[2].click()")?;
    browser.wait_for("return document.querySelectorAll('.chart').length === 5")?;
    browser.js("document.querySelector('.charts').focus()")?;
    browser.press(&[key::LEFT, key::LEFT])?;
    browser.wait_for("return document.querySelectorAll('.charts .hover').length === 1")?;
    browser.click(".b-metrics")?;
    browser.wait_for("return document.querySelectorAll('.chart').length === 0")?;
    Ok(())
}

#[test]
fn a_pasted_cluster_is_loaded_when_every_line_is_understood() -> Outcome {
    // Why: people come with a cluster of their own; a slip in the paste is named and mended, nothing is half loaded, and the old run stays.
    let (browser, _site) = open_paused()?;
    browser.press(&["i"])?;
    browser.wait_for("return !!document.querySelector('.iog #paste')")?;
    let scripts = browser.js("return [...document.querySelectorAll('.cm pre')].map((pre) => pre.textContent).join('\\n')")?;
    ensure(scripts.as_str().is_some_and(|text| text.contains("bin/kafka-topics.sh --bootstrap-server $B --create")), || {
        format!("this run taken away: {scripts}")
    })?;
    let pasted = "Topic: orders PartitionCount: 2 ReplicationFactor: 2 Configs: min.insync.replicas=1\\n\
                  Topic: orders Partition: 0 Leader: 102 Replicas: 101,102 Isr: 101;102\\n\
                  Topic: orders Partition: 1 Leader: 102 Replicas: 102,103 Isr: 102\\n";
    browser.js(&format!(
        "const field = document.getElementById('paste'); field.value = '{pasted}'; field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}))"
    ))?;
    browser.wait_for("return document.querySelectorAll('.pl.bad').length === 1 && document.querySelectorAll('.kg .wait').length === 1")?;
    browser.click(".pact .send")?;
    ensure(state(&browser)?["brokers"]["101"].is_null(), || "half a cluster was loaded".into())?;
    browser.click(".perr .chipb")?;
    browser.wait_for("return document.querySelectorAll('.pl.bad').length === 0")?;
    browser.wait_for("return document.querySelector('.pact .send').getAttribute('aria-disabled') === 'false'")?;
    browser.click(".pact .send")?;
    browser.wait_for("return document.querySelectorAll('svg.sc g.broker').length === 3 && !document.querySelector('.iog')")?;
    let described = browser.js("return playground.apply('describe topic orders')")?;
    let lines = described.to_string();
    ensure(lines.contains("orders-0 leader=102") && lines.contains("replicas=101,102 isr=101,102"), || lines.clone())?;
    ensure(lines.contains("orders-1 leader=102") && lines.contains("replicas=102,103 isr=102\""), || lines.clone())?;
    // Back to the run before it.
    browser.js("[...document.querySelectorAll('.runs button')].at(-1).click()")?;
    browser.wait_for("return !!playground.state().brokers['1'] && !playground.state().brokers['101']")?;
    Ok(())
}
