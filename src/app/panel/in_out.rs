//! In & out: a real cluster's description pasted in, with a verdict on every line, and this run taken away as Kafka's own scripts.

use crate::app::act::{Act, Place};
use crate::app::bits::{click, icon, icon_button, rich};
use kafka_playground::text::{Arg, Lang, Rich, Word, clock_short, fill};
use kafka_playground::world::paste::{Expected, Line, Paste, Problem, Remark, Verdict};
use kafka_playground::world::take_away::{Block, Note};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// How many understood lines, columns, remarks and blocks are drawn: more would only be slow.
const LINES: usize = 240;
const COLUMNS: usize = 160;
const REMARKS: usize = 12;
const BLOCKS: usize = 120;

fn say(lang: Lang, en: &'static str, ko: &'static str, args: &[Arg]) -> Rich {
    fill(lang.pick(en, ko), args)
}

fn small(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The note beside the view.
pub(crate) fn note(lang: Lang, on: &Callback<Act>) -> Html {
    html! {
        <section class="panel read">
            <header><h2>{Word::InOut.of(lang)}</h2>{icon_button(on, "x", Word::Close.of(lang), Act::Go(Place::Cluster))}</header>
            <p>{lang.pick(
                "A pasted cluster keeps its ids, racks, leaders and ISR; records are not in those outputs, so logs start empty.",
                "붙여넣은 클러스터는 id, 랙, 리더, ISR을 그대로 유지합니다. 레코드는 출력에 없으므로 로그는 비어 있습니다.",
            )}</p>
            <p>{lang.pick(
                "The run you came from stays where it was: “Other run” goes back to it.",
                "이전 실행은 그대로 남아 있으며 ‘다른 실행’으로 돌아갈 수 있습니다.",
            )}</p>
        </section>
    }
}

/// The view.
pub(crate) fn in_out(lang: Lang, text: &AttrValue, paste: &Paste, refused: Option<&str>, blocks: &[Block], on: &Callback<Act>) -> Html {
    html! {
        <div class="iog">
            <section class="io" aria-labelledby="paste-in">
                <header>
                    <h2 id="paste-in">{lang.pick("Paste a cluster", "클러스터 붙여넣기")}</h2>
                    <span class="dim">{rich(&say(
                        lang,
                        "the output of `kafka-topics.sh --describe`, `kafka-configs.sh --describe --all`, `kafka-metadata-quorum.sh describe`",
                        "`kafka-topics.sh --describe`, `kafka-configs.sh --describe --all`, `kafka-metadata-quorum.sh describe`의 출력",
                        &[],
                    ))}</span>
                </header>
                {field(lang, text, on)}
                if !paste.lines.is_empty() {
                    {lines(lang, paste, on)}
                    <div class="unds">
                        <div><h3>{lang.pick("Understood so far", "지금까지 이해한 것")}</h3>{glyphs(lang, paste)}</div>
                        {summary(lang, paste)}
                    </div>
                }
                {load(lang, paste, refused, on)}
            </section>
            <section class="io" aria-labelledby="take-out">
                <header>
                    <h2 id="take-out">{lang.pick("Take away", "내보내기")}</h2>
                    {copy(lang, ".cm", lang.pick("Copy all", "모두 복사"), on)}
                    <span class="dim">{lang.pick("this run, on a real Kafka 4.1", "이 실행을 실제 Kafka 4.1에서")}</span>
                </header>
                {take_away(lang, blocks, on)}
            </section>
        </div>
    }
}

// ---- in

fn field(lang: Lang, text: &AttrValue, on: &Callback<Act>) -> Html {
    let on = on.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok()) {
            on.emit(Act::Paste(field.value().into()));
        }
    });
    let rows = if text.is_empty() { "9" } else { "3" };
    html! {
        <textarea id="paste" class="mono" {rows} {oninput} value={text.clone()} spellcheck="false" autocomplete="off" autocapitalize="off"
            wrap="off" aria-label={lang.pick("Pasted text", "붙여넣은 텍스트")} aria-describedby="paste-why"
            placeholder="Topic: orders  PartitionCount: 4  ReplicationFactor: 3  Configs: min.insync.replicas=2" />
    }
}

fn lines(lang: Lang, paste: &Paste, on: &Callback<Act>) -> Html {
    let mut rows = Vec::new();
    let mut left = 0;
    for (at, line) in paste.lines.iter().enumerate() {
        match &line.verdict {
            Verdict::Wrong(problem) => {
                rows.push(row(at, line, Some(problem)));
                rows.push(wrong(lang, at, problem, on));
            }
            Verdict::Blank => {}
            _ if rows.len() < LINES => rows.push(row(at, line, None)),
            _ => left += 1,
        }
    }
    html! {
        <ol class="pbox" tabindex="0" aria-label={lang.pick("Lines, one by one", "행마다 결과")}>
            {rows}
            if left > 0 {
                <li class="pl"><span class="pn"></span><span></span><span class="dim">{more(lang, left)}</span></li>
            }
        </ol>
    }
}

fn row(at: usize, line: &Line, problem: Option<&Problem>) -> Html {
    let (class, mark) = match line.verdict {
        Verdict::Wrong(_) => ("pl bad", "✕"),
        Verdict::LeftOut => ("pl out", "–"),
        _ => ("pl", "✓"),
    };
    let text = match problem {
        Some(p) if !p.found.is_empty() => {
            let (before, rest) = line.text.split_at_checked(p.at).unwrap_or((&line.text, ""));
            let (found, behind) = rest.split_at_checked(p.found.len()).unwrap_or((rest, ""));
            html! { <>{before.to_owned()}<u>{found.to_owned()}</u>{behind.to_owned()}</> }
        }
        _ => html! { {line.text.to_string()} },
    };
    html! {
        <li {class}><span class="pn num">{(at + 1).to_string()}</span><span class="pk">{mark}</span><span class="pt mono">{text}</span></li>
    }
}

fn wrong(lang: Lang, at: usize, problem: &Problem, on: &Callback<Act>) -> Html {
    let expected = expected(lang, &problem.expected);
    let args = [Arg::Num(small(at + 1)), Arg::Code(&problem.found), Arg::Text(&expected)];
    let said = if problem.found.is_empty() {
        say(lang, "Line %0 ends; expected %2.", "%0행이 끝났습니다. 기대한 값: %2.", &args)
    } else {
        say(lang, "Line %0: found %1, expected %2.", "%0행: 입력된 값 %1, 기대한 값: %2.", &args)
    };
    html! {
        <li class="perr"><span>{rich(&said)}</span>
            if let Some(instead) = &problem.instead {
                <button type="button" class="chipb whyb" onclick={click(on, Act::Mend(at))}>{lang.pick("Use", "바꾸기")}{" "}<code>{instead.clone()}</code></button>
            }
        </li>
    }
}

fn expected(lang: Lang, expected: &Expected) -> String {
    let words = match expected {
        Expected::Line => lang.pick("a line of one of these tools", "이 도구들이 출력하는 행"),
        Expected::Field => lang.pick("a field of kafka-topics.sh --describe", "kafka-topics.sh --describe의 필드"),
        Expected::Given(field) => return format!("{field}:"),
        Expected::Number => lang.pick("a whole number", "정수"),
        Expected::Broker => lang.pick("a broker id from 0 to 3000", "0에서 3000까지의 브로커 id"),
        Expected::Ids => lang.pick("broker ids with commas between", "쉼표로 나눈 브로커 id"),
        Expected::Once => lang.pick("each id once", "id마다 한 번"),
        Expected::Replicas => lang.pick("ids that are among the replicas", "복제본에 있는 id"),
        Expected::Leader => lang.pick("an id of the ISR, or none", "ISR에 있는 id 또는 none"),
        Expected::NewPartition => lang.pick("each partition once", "파티션마다 한 번"),
        Expected::Partitions(found) => {
            return say(
                lang,
                "as many lines of partitions: there are %0",
                "같은 수의 파티션 행(현재 %0행)",
                &[Arg::Num(i64::from(*found))],
            )
            .text();
        }
        Expected::Partition(number) => {
            return say(lang, "partition %0 before it", "그 앞에 파티션 %0", &[Arg::Num(i64::from(*number))]).text();
        }
        Expected::FewerBrokers => lang.pick("at most 100 brokers", "브로커 100대 이하"),
        Expected::Section => lang.pick("“All configs for broker … are:” above it", "그 위에 “All configs for broker … are:”"),
        Expected::Config => lang.pick("name=value sensitive=… synonyms={…}", "name=value sensitive=… synonyms={…}"),
        Expected::Said(words) => return words.clone(),
        Expected::Nodes => lang.pick("a list of nodes in brackets", "대괄호로 묶은 노드 목록"),
        Expected::Status => lang.pick("Leader, Follower or Observer", "Leader, Follower, Observer 중 하나"),
    };
    words.to_owned()
}

fn more(lang: Lang, count: usize) -> String {
    say(lang, "and %0 more", "외 %0개", &[Arg::Num(small(count))]).text()
}

/// Brokers as rows, partitions as columns: a leader is a square, a follower a ring, one outside the ISR dashed; what is not understood is hatched.
fn glyphs(lang: Lang, paste: &Paste) -> Html {
    let mut count = 0;
    for topic in &paste.topics {
        count += topic.partitions.len();
    }
    let shown = count.min(COLUMNS);
    let step = (248 / shown.max(1)).clamp(16, 62);
    let rows = paste.brokers.len();
    let (width, height) = (123 + step * shown.max(1), 28 + 30 * rows);
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    let mut at = 0;
    for topic in &paste.topics {
        for (nth, p) in topic.partitions.iter().enumerate() {
            if at >= shown {
                break;
            }
            let (x, middle) = (123 + step * at, 123 + step * at + step / 2 - 4);
            let class = if p.is_known { "lane" } else { "lane wait" };
            parts.push(html! { <rect x={x.to_string()} y="2" width={(step - 8).to_string()} height={(22 + 30 * rows).to_string()} rx="6" {class} /> });
            if step >= 54 {
                let name = format!("{}-{}", topic.name, p.number);
                let name = if name.chars().count() > 9 { format!("-{}", p.number) } else { name };
                parts.push(html! { <text x={middle.to_string()} y="17" class="t11 mono strong" text-anchor="middle">{name}</text> });
            } else if nth == 0 {
                // A topic's name stands over all its lanes, as far as they go.
                let room = (step * topic.partitions.len().min(shown - at) - 8) / 7;
                let is_cut = topic.name.chars().count() > room;
                let mut name: String = topic.name.chars().take(if is_cut { room.saturating_sub(1) } else { room }).collect();
                if is_cut {
                    name.push('…');
                }
                names.push(html! { <text x={(x + 2).to_string()} y="17" class="t11 mono strong">{name}</text> });
            }
            for (row, broker) in paste.brokers.iter().enumerate() {
                let y = 41 + 30 * row;
                parts.push(if !p.is_known {
                    html! { <text x={middle.to_string()} y={(y + 4).to_string()} class="t12 dim" text-anchor="middle">{"?"}</text> }
                } else if p.leader == broker.id {
                    html! { <rect x={(middle - 6).to_string()} y={(y - 6).to_string()} width="12" height="12" rx="1.5" class="gl" /> }
                } else if p.replicas.contains(&broker.id) {
                    let class = if p.isr.contains(&broker.id) { "gf" } else { "gf out" };
                    html! { <circle cx={middle.to_string()} cy={y.to_string()} r="5" {class} /> }
                } else {
                    html! {}
                });
            }
            at += 1;
        }
    }
    parts.append(&mut names);
    for (row, broker) in paste.brokers.iter().enumerate() {
        let line = format!("M4 {}H{}", 55 + 30 * row, width - 4);
        let rack = broker.rack.as_ref().map(|rack| format!(" {} {rack}", Word::Rack.of(lang)));
        parts.push(html! {
            <>
                <path d={line} class="hairline" />
                <text x="6" y={(45 + 30 * row).to_string()} class="t12"><tspan class="strong">{format!("broker-{}", broker.id)}</tspan><tspan class="dim">{rack}</tspan></text>
            </>
        });
    }
    let label = say(lang, "%0 brokers, %1 partitions", "브로커 %0대, 파티션 %1개", &[Arg::Num(small(rows)), Arg::Num(small(count))]).text();
    html! {
        <div class="kgs" tabindex="0" role="group" aria-label={label.clone()}>
            <svg class="sc kg" viewBox={format!("0 0 {width} {height}")} width={width.to_string()} height={height.to_string()} role="img" aria-label={label}>{parts}</svg>
            if count > shown { <p class="dim">{more(lang, count - shown)}</p> }
        </div>
    }
}

fn summary(lang: Lang, paste: &Paste) -> Html {
    let mut items = Vec::new();
    let good = |said: Rich| html! { <li>{icon("check")}<span>{rich(&said)}</span></li> };
    if !paste.brokers.is_empty() {
        let (mut ids, mut racks) = (String::new(), String::new());
        for broker in paste.brokers.iter().take(REMARKS) {
            ids.push_str(if ids.is_empty() { "" } else { ", " });
            ids.push_str(&broker.id.to_string());
            if let Some(rack) = &broker.rack
                && !racks.split(", ").any(|other| *other == **rack)
            {
                racks.push_str(if racks.is_empty() { "" } else { ", " });
                racks.push_str(rack);
            }
        }
        if paste.brokers.len() > REMARKS {
            ids.push('…');
        }
        let args = [Arg::Num(small(paste.brokers.len())), Arg::Text(&ids), Arg::Text(&racks)];
        items.push(good(if racks.is_empty() {
            say(lang, "Brokers: %0 (%1)", "브로커 %0대: %1", &args)
        } else {
            say(lang, "Brokers: %0 (%1); racks %2", "브로커 %0대: %1 (랙 %2)", &args)
        }));
    }
    if !paste.voters.is_empty() {
        items.push(good(say(lang, "Voters of the quorum: %0", "쿼럼 투표자: %0", &[Arg::Num(small(paste.voters.len()))])));
    }
    let mut unknown = Vec::new();
    for topic in &paste.topics {
        let mut known = 0;
        for p in &topic.partitions {
            if p.is_known {
                known += 1;
            } else {
                unknown.push((format!("{}-{}", topic.name, p.number), p.line));
            }
        }
        let of = topic.count.map_or(small(topic.partitions.len()), |(count, _)| i64::from(count));
        if items.len() < REMARKS {
            items.push(good(say(
                lang,
                "%2: %0 of %1 partitions",
                "%2: 파티션 %1개 중 %0개",
                &[Arg::Num(known), Arg::Num(of), Arg::Code(&topic.name)],
            )));
        }
    }
    let left = paste.remarks.len().saturating_sub(REMARKS);
    for remark in paste.remarks.iter().take(REMARKS) {
        items.push(html! { <li class="nt2"><i>{"i"}</i><span>{rich(&told(lang, remark))}</span></li> });
    }
    if left > 0 {
        items.push(html! { <li class="nt2"><i></i><span>{more(lang, left)}</span></li> });
    }
    for (name, line) in unknown.iter().take(REMARKS) {
        let said = say(lang, "%0: line %1", "%0: %1행", &[Arg::Text(name), Arg::Num(small(line + 1))]);
        items.push(html! { <li class="no2">{icon("x")}<span>{rich(&said)}</span></li> });
    }
    html! { <ul class="ul">{items}</ul> }
}

fn told(lang: Lang, remark: &Remark) -> Rich {
    match remark {
        Remark::NotPreferred { partition, leader, preferred, is_in_isr } => {
            let args = [Arg::Text(partition), Arg::Num(i64::from(*leader)), Arg::Num(i64::from(*preferred))];
            if *is_in_isr {
                say(
                    lang,
                    "%0: leader %1 is not the preferred one (%2, the first replica)",
                    "%0: 리더 %1은 우선 리더(첫 복제본 %2)가 아님",
                    &args,
                )
            } else {
                say(
                    lang,
                    "%0: leader %1 is not the preferred one (%2, the first replica), and %2 is not in its ISR",
                    "%0: 리더 %1은 우선 리더(첫 복제본 %2)가 아니며 %2은 ISR에 없음",
                    &args,
                )
            }
        }
        Remark::OutOfIsr { partition, brokers } => say(
            lang,
            "%0: %1 lives outside its ISR; here its fetcher has given the partition up",
            "%0: %1은 살아 있으나 ISR 밖. 여기서는 fetch를 포기한 것으로 만듦",
            &[Arg::Text(partition), Arg::Ids(brokers)],
        ),
        Remark::Stopped { broker } => {
            say(lang, "%0 is in no ISR: it will be stopped", "%0|은 어느 ISR에도 없음: 정지 상태로 만듦", &[Arg::Broker(*broker)])
        }
        Remark::WillLead { partition, broker } => say(
            lang,
            "%0 has no leader though %1 lives: here it will lead",
            "%0: 리더가 없지만 %1|이 살아 있음. 여기서는 리더가 됨",
            &[Arg::Text(partition), Arg::Broker(*broker)],
        ),
        Remark::HasMore { partition } => say(
            lang,
            "%0: a reassignment under way, or a last known leader, is not built again",
            "%0: 진행 중인 재배치나 마지막 리더는 다시 만들지 않음",
            &[Arg::Text(partition)],
        ),
        Remark::UnknownConfig { name } => {
            say(lang, "%0 is no configuration of Kafka 4.1: left out", "%0: Kafka 4.1의 설정이 아니어서 제외", &[Arg::Code(name)])
        }
        Remark::Differs { name } => say(
            lang,
            "Brokers differ in %0: the first value is taken for all",
            "%0: 브로커마다 달라 첫 값을 모두에 적용",
            &[Arg::Code(name)],
        ),
        Remark::NoPartitions { topic } => {
            say(lang, "%0: no partition is described, left out", "%0: 파티션 설명이 없어 제외", &[Arg::Code(topic)])
        }
        Remark::Voters { ids } => {
            say(lang, "Voters %0 stand here as 3001 and on", "투표자 %0은 여기서 3001부터의 번호를 가짐", &[Arg::Ids(ids)])
        }
    }
}

fn load(lang: Lang, paste: &Paste, refused: Option<&str>, on: &Callback<Act>) -> Html {
    let is_whole = paste.is_whole();
    let args = [Arg::Num(small(paste.counted() - paste.wrong())), Arg::Num(small(paste.counted()))];
    let nothing = lang.pick("Nothing is loaded yet.", "아직 아무것도 불러오지 않았습니다.");
    let why = if let Some(refused) = refused {
        say(lang, "It could not be built: %0", "만들 수 없습니다: %0", &[Arg::Text(refused)])
    } else if is_whole {
        say(
            lang,
            "All %1 lines are understood. It starts as a new run; the one you came from stays.",
            "%1행을 모두 이해했습니다. 새 실행으로 시작하며 이전 실행은 남습니다.",
            &args,
        )
    } else if paste.lines.is_empty() {
        Rich::plain(nothing)
    } else if paste.wrong() == 0 {
        say(lang, "%0 No line describes a broker.", "%0 브로커를 설명하는 행이 없습니다.", &[Arg::Name(nothing)])
    } else {
        let [understood, all] = args;
        say(
            lang,
            "%2 %0 of %1 lines are understood; when all are, it starts as a new run.",
            "%2 %1행 중 %0행을 이해했습니다. 모두 이해되면 새 실행으로 시작합니다.",
            &[understood, all, Arg::Name(nothing)],
        )
    };
    html! {
        <div class="pact">
            <button type="button" class="send" aria-disabled={if is_whole { "false" } else { "true" }} aria-describedby="paste-why" onclick={click(on, Act::Load)}>{lang.pick("Load this cluster", "이 클러스터 불러오기")}</button>
            <span id="paste-why" class="pwhy">{rich(&why)}</span>
        </div>
    }
}

// ---- out

/// A button whose copying `boot.js` does: it takes the text of what the selector finds.
fn copy(lang: Lang, what: &'static str, label: &'static str, on: &Callback<Act>) -> Html {
    let said = Act::Say(lang.pick("Copied", "복사했습니다"));
    html! { <button type="button" class="chipb whyb" data-copy={what} onclick={click(on, said)}>{icon("copy")}{label}</button> }
}

fn take_away(lang: Lang, blocks: &[Block], on: &Callback<Act>) -> Html {
    let left = blocks.len().saturating_sub(BLOCKS);
    html! {
        <>
            <ol class="cms" tabindex="0" aria-label={lang.pick("Commands", "명령")}>
                {for blocks.iter().take(BLOCKS).enumerate().map(|(at, block)| one(lang, at, block, on))}
                if left > 0 { <li class="dim">{more(lang, left)}</li> }
            </ol>
            <p class="dim pfoot">{rich(&say(
                lang,
                "`$B` is your cluster; what is underlined is yours to fill in. Waiting times are yours to keep: nothing here is timed. Each console producer is a new client.",
                "`$B`는 여러분의 클러스터이고, 밑줄 친 곳은 직접 채웁니다. 기다리는 시간은 명령에 들어 있지 않습니다. 콘솔 프로듀서는 매번 새 클라이언트입니다.",
                &[],
            ))}</p>
        </>
    }
}

fn one(lang: Lang, at: usize, block: &Block, on: &Callback<Act>) -> Html {
    let text = block.text.iter().map(|piece| {
        let text = piece.text.clone();
        if piece.to_fill {
            html! { <span class="ph">{text}</span> }
        } else {
            html! { {text} }
        }
    });
    html! {
        <li class="cm" key={at}>
            <div class="cmh"><time class="num">{clock_short(block.at)}</time><span class="cmn">{noted(lang, &block.note)}</span>{copy(lang, "", Word::Copy.of(lang), on)}</div>
            <pre class="mono">{for text}</pre>
        </li>
    }
}

fn noted(lang: Lang, note: &Note) -> String {
    match note {
        Note::None => String::new(),
        Note::OnHost(host) => {
            say(lang, "no script does this: on the host of %0", "스크립트 없음: %0의 호스트에서", &[Arg::Text(host)]).text()
        }
        Note::ScriptOnHost(host) => say(lang, "on the host of %0", "%0의 호스트에서", &[Arg::Text(host)]).text(),
        Note::Nothing => lang.pick("no script does this; here it was:", "스크립트로는 할 수 없음. 여기서는:").to_owned(),
        Note::AtClient(client) => say(lang, "in the terminal of %0", "%0의 터미널에서", &[Arg::Text(client)]).text(),
        Note::EmptyGroup => lang.pick("once the group has no members", "그룹에 멤버가 없을 때").to_owned(),
        Note::Terminals => lang.pick("a terminal for each", "각각 다른 터미널에서").to_owned(),
    }
}

/// What the page keeps for this view.
#[derive(Clone, Default)]
pub(crate) struct InOut {
    /// What is pasted.
    pub(crate) text: AttrValue,
    /// The same, read.
    pub(crate) paste: Rc<Paste>,
    /// Why the last load was refused.
    pub(crate) refused: Option<AttrValue>,
}
