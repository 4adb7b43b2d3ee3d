//! In & out: a real cluster's description pasted in, with a verdict on every line, and this run taken away as Kafka's own scripts.

use crate::app::act::{Act, Place};
use crate::app::bits::{icon, icon_button, rich};
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::text::{Arg, Lang, Rich, Word, clock_short, fill};
use kafka_playground::world::paste::{Expected, Line, Paste, Problem, Remark, Verdict};
use kafka_playground::world::take_away::{Block, Note};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

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
pub(crate) fn note(lang: Lang, on: &Callback<Act>) -> Tag {
    tag("section panel read")
        .add(tag("header").add(tag("h2").add(Word::InOut.of(lang))).add(icon_button(
            on,
            "x",
            Word::Close.of(lang),
            Act::Go(Place::Cluster),
        )))
        .add(tag("p").add(lang.pick(
            "A pasted cluster keeps its ids, racks, leaders and ISR; records are not in those outputs, so logs start empty.",
            "붙여넣은 클러스터는 id, 랙, 리더, ISR을 그대로 유지합니다. 레코드는 출력에 없으므로 로그는 비어 있습니다.",
        )))
        .add(tag("p").add(lang.pick(
            "The run you came from stays where it was: “Other run” goes back to it.",
            "이전 실행은 그대로 남아 있으며 ‘다른 실행’으로 돌아갈 수 있습니다.",
        )))
}

/// The view.
pub(crate) fn in_out(lang: Lang, text: &AttrValue, paste: &Paste, refused: Option<&str>, blocks: &[Block], on: &Callback<Act>) -> Tag {
    let outputs = say(
        lang,
        "the output of `kafka-topics.sh --describe`, `kafka-configs.sh --describe --all`, `kafka-metadata-quorum.sh describe`",
        "`kafka-topics.sh --describe`, `kafka-configs.sh --describe --all`, `kafka-metadata-quorum.sh describe`의 출력",
        &[],
    );
    let understood = (!paste.lines.is_empty()).then(|| {
        let words = tag("h3").add(lang.pick("Understood so far", "지금까지 이해한 것"));
        together()
            .add(lines(lang, paste, on))
            .add(tag("div unds").add(tag("div").add(words).add(glyphs(lang, paste))).add(summary(lang, paste)))
    });
    tag("div iog")
        .add(
            tag("section io aria-labelledby=paste-in")
                .add(
                    tag("header")
                        .add(tag("h2 id=paste-in").add(lang.pick("Paste a cluster", "클러스터 붙여넣기")))
                        .add(tag("span dim").add(rich(&outputs))),
                )
                .add(field(lang, text, on))
                .add(understood)
                .add(load(lang, paste, refused, on)),
        )
        .add(
            tag("section io aria-labelledby=take-out")
                .add(
                    tag("header")
                        .add(tag("h2 id=take-out").add(lang.pick("Take away", "내보내기")))
                        .add(copy(lang, ".cm", lang.pick("Copy all", "모두 복사"), on))
                        .add(tag("span dim").add(lang.pick("this run, on a real Kafka 4.1", "이 실행을 실제 Kafka 4.1에서"))),
                )
                .add(take_away(lang, blocks, on)),
        )
}

// ---- in

fn field(lang: Lang, text: &AttrValue, on: &Callback<Act>) -> Tag {
    let on = on.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok()) {
            on.emit(Act::Paste(field.value().into()));
        }
    });
    let rows = if text.is_empty() { "9" } else { "3" };
    tag("textarea mono id=paste spellcheck=false autocomplete=off autocapitalize=off wrap=off aria-describedby=paste-why")
        .at("rows", rows)
        .on(ListenerKind::oninput, oninput)
        .value(text.clone())
        .at("aria-label", lang.pick("Pasted text", "붙여넣은 텍스트"))
        .at("placeholder", "Topic: orders  PartitionCount: 4  ReplicationFactor: 3  Configs: min.insync.replicas=2")
}

fn lines(lang: Lang, paste: &Paste, on: &Callback<Act>) -> Tag {
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
    tag("ol pbox tabindex=0")
        .at("aria-label", lang.pick("Lines, one by one", "행마다 결과"))
        .each(rows)
        .add((left > 0).then(|| tag("li pl").add(tag("span pn")).add(tag("span")).add(tag("span dim").add(more(lang, left)))))
}

fn row(at: usize, line: &Line, problem: Option<&Problem>) -> Tag {
    let (class, mark) = match line.verdict {
        Verdict::Wrong(_) => ("pl bad", "✕"),
        Verdict::LeftOut => ("pl out", "–"),
        _ => ("pl", "✓"),
    };
    let text = match problem {
        Some(p) if !p.found.is_empty() => {
            let (before, rest) = line.text.split_at_checked(p.at).unwrap_or((&line.text, ""));
            let (found, behind) = rest.split_at_checked(p.found.len()).unwrap_or((rest, ""));
            together().add(before.to_owned()).add(tag("u").add(found.to_owned())).add(behind.to_owned())
        }
        _ => together().add(&line.text),
    };
    tag("li").class(class).add(tag("span pn num").add(at + 1)).add(tag("span pk").add(mark)).add(tag("span pt mono").add(text))
}

fn wrong(lang: Lang, at: usize, problem: &Problem, on: &Callback<Act>) -> Tag {
    let expected = expected(lang, &problem.expected);
    let args = [Arg::Num(small(at + 1)), Arg::Code(&problem.found), Arg::Text(&expected)];
    let said = if problem.found.is_empty() {
        say(lang, "Line %0 ends; expected %2.", "%0행이 끝났습니다. 기대한 값: %2.", &args)
    } else {
        say(lang, "Line %0: found %1, expected %2.", "%0행: 입력된 값 %1, 기대한 값: %2.", &args)
    };
    tag("li perr").add(tag("span").add(rich(&said))).add(problem.instead.as_ref().map(|instead| {
        button("chipb whyb").click(on, Act::Mend(at)).add(lang.pick("Use", "바꾸기")).add(" ").add(tag("code").add(instead.clone()))
    }))
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
fn glyphs(lang: Lang, paste: &Paste) -> Tag {
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
            parts.push(tag("rect y=2 rx=6").class(class).at("x", x).at("width", step - 8).at("height", 22 + 30 * rows));
            if step >= 54 {
                let name = format!("{}-{}", topic.name, p.number);
                let name = if name.chars().count() > 9 { format!("-{}", p.number) } else { name };
                parts.push(tag("text t11 mono strong y=17 text-anchor=middle").at("x", middle).add(name));
            } else if nth == 0 {
                // A topic's name stands over all its lanes, as far as they go.
                let room = (step * topic.partitions.len().min(shown - at) - 8) / 7;
                let is_cut = topic.name.chars().count() > room;
                let mut name: String = topic.name.chars().take(if is_cut { room.saturating_sub(1) } else { room }).collect();
                if is_cut {
                    name.push('…');
                }
                names.push(tag("text t11 mono strong y=17").at("x", x + 2).add(name));
            }
            for (row, broker) in paste.brokers.iter().enumerate() {
                let y = 41 + 30 * row;
                parts.push(if !p.is_known {
                    tag("text t12 dim text-anchor=middle").at("x", middle).at("y", y + 4).add("?")
                } else if p.leader == broker.id {
                    tag("rect gl width=12 height=12 rx=1.5").at("x", middle - 6).at("y", y - 6)
                } else if p.replicas.contains(&broker.id) {
                    let class = if p.isr.contains(&broker.id) { "gf" } else { "gf out" };
                    tag("circle r=5").class(class).at("cx", middle).at("cy", y)
                } else {
                    together()
                });
            }
            at += 1;
        }
    }
    parts.append(&mut names);
    for (row, broker) in paste.brokers.iter().enumerate() {
        let line = format!("M4 {}H{}", 55 + 30 * row, width - 4);
        let rack = broker.rack.as_ref().map(|rack| format!(" {} {rack}", Word::Rack.of(lang)));
        parts.push(
            together().add(tag("path hairline").at("d", line)).add(
                tag("text t12 x=6")
                    .at("y", 45 + 30 * row)
                    .add(tag("tspan strong").add(format!("broker-{}", broker.id)))
                    .add(tag("tspan dim").add(rack.map(|rack| together().add(rack)))),
            ),
        );
    }
    let label = say(lang, "%0 brokers, %1 partitions", "브로커 %0대, 파티션 %1개", &[Arg::Num(small(rows)), Arg::Num(small(count))]).text();
    tag("div kgs tabindex=0 role=group")
        .at("aria-label", label.clone())
        .add(
            tag("svg sc kg role=img")
                .at("viewBox", format!("0 0 {width} {height}"))
                .at("width", width)
                .at("height", height)
                .at("aria-label", label)
                .each(parts),
        )
        .add((count > shown).then(|| tag("p dim").add(more(lang, count - shown))))
}

fn summary(lang: Lang, paste: &Paste) -> Tag {
    let mut items = Vec::new();
    let good = |said: Rich| tag("li").add(icon("check")).add(tag("span").add(rich(&said)));
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
        items.push(tag("li nt2").add(tag("i").add("i")).add(tag("span").add(rich(&told(lang, remark)))));
    }
    if left > 0 {
        items.push(tag("li nt2").add(tag("i")).add(tag("span").add(more(lang, left))));
    }
    for (name, line) in unknown.iter().take(REMARKS) {
        let said = say(lang, "%0: line %1", "%0: %1행", &[Arg::Text(name), Arg::Num(small(line + 1))]);
        items.push(tag("li no2").add(icon("x")).add(tag("span").add(rich(&said))));
    }
    tag("ul ul").each(items)
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

fn load(lang: Lang, paste: &Paste, refused: Option<&str>, on: &Callback<Act>) -> Tag {
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
    tag("div pact")
        .add(
            button("send aria-describedby=paste-why")
                .at("aria-disabled", if is_whole { "false" } else { "true" })
                .click(on, Act::Load)
                .add(lang.pick("Load this cluster", "이 클러스터 불러오기")),
        )
        .add(tag("span pwhy id=paste-why").add(rich(&why)))
}

// ---- out

/// A button whose copying `boot.js` does: it takes the text of what the selector finds.
fn copy(lang: Lang, what: &'static str, label: &'static str, on: &Callback<Act>) -> Tag {
    let said = Act::Say(lang.pick("Copied", "복사했습니다"));
    button("chipb whyb").at("data-copy", what).click(on, said).add(icon("copy")).add(label)
}

fn take_away(lang: Lang, blocks: &[Block], on: &Callback<Act>) -> Tag {
    let left = blocks.len().saturating_sub(BLOCKS);
    let foot = say(
        lang,
        "`$B` is your cluster; what is underlined is yours to fill in. Waiting times are yours to keep: nothing here is timed. Each console producer is a new client.",
        "`$B`는 여러분의 클러스터이고, 밑줄 친 곳은 직접 채웁니다. 기다리는 시간은 명령에 들어 있지 않습니다. 콘솔 프로듀서는 매번 새 클라이언트입니다.",
        &[],
    );
    together()
        .add(
            tag("ol cms tabindex=0")
                .at("aria-label", lang.pick("Commands", "명령"))
                .each(blocks.iter().take(BLOCKS).enumerate().map(|(at, block)| one(lang, at, block, on)))
                .add((left > 0).then(|| tag("li dim").add(more(lang, left)))),
        )
        .add(tag("p dim pfoot").add(rich(&foot)))
}

fn one(lang: Lang, at: usize, block: &Block, on: &Callback<Act>) -> Tag {
    let text = block.text.iter().map(|piece| {
        let text = piece.text.clone();
        if piece.to_fill { tag("span ph").add(text) } else { together().add(text) }
    });
    tag("li cm")
        .key(at)
        .add(tag("div cmh").add(tag("time num").add(clock_short(block.at))).add(tag("span cmn").add(noted(lang, &block.note))).add(copy(
            lang,
            "",
            Word::Copy.of(lang),
            on,
        )))
        .add(tag("pre mono").each(text))
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
