//! "What if": who could fail, and what would become of the partitions; a row shows itself in the scene, and can be gone on with.

use crate::app::act::{Act, Page, WhatIf};
use crate::app::bits::{icon, icon_button};
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::lab::survive::{Blow, Fate, MANY_BROKERS, Row, Survey};
use kafka_playground::text::{Arg, Lang, Rich, Word, broker_names, fill};
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// What is known, as far as it is known.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct WhatIfView {
    /// The instant it is about.
    pub(crate) at: AttrValue,
    /// How they fail.
    pub(crate) blow: Blow,
    /// The rows; those not counted yet show their former numbers pale.
    pub(crate) rows: Vec<Row>,
    /// The racks of each row's brokers, or where a rack stands, its brokers.
    pub(crate) notes: Vec<AttrValue>,
    /// The row that the scene shows.
    pub(crate) over: Option<usize>,
    /// Still counting.
    pub(crate) is_counting: bool,
    /// Time has gone on since.
    pub(crate) is_old: bool,
}

/// Who fails in a row, as words.
fn name(lang: Lang, row: &Row) -> String {
    match (&row.rack, row.brokers.as_slice()) {
        (Some(rack), _) => lang.pick("rack ", "랙 ").to_owned() + rack,
        (None, [id]) => "broker-".to_owned() + &id.to_string(),
        (None, ids) => ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The panel.
pub(crate) fn what_if(lang: Lang, view: &WhatIfView, on: &Callback<Act>) -> Tag {
    let kind = |blow: Blow, word: Word| {
        button("").at("aria-pressed", view.blow == blow).click(on, Act::WhatIf(WhatIf::Blow(blow))).add(word.of(lang))
    };
    let singles = view.rows.iter().take_while(|row| row.rack.is_none() && row.brokers.len() == 1).count();
    let racks = view.rows.iter().filter(|row| row.rack.is_some()).count();
    let group = |word: Word, from: usize, to: usize, harmful_only: bool| {
        let is_shown = |row: &&Row| !harmful_only || row.counts().is_some_and(|counts| counts != [0; 3]);
        let shown = (from..to).filter_map(|at| view.rows.get(at).filter(is_shown).map(|of| row(lang, view, at, of, on)));
        let known = view.rows.iter().take(to).skip(from).filter(|row| row.fates.is_some());
        let harmless = known.clone().filter(|row| row.counts() == Some([0; 3])).count();
        together().add((to > from).then(|| {
            tag("tbody").add(tag("tr grp").add(tag("th scope=rowgroup colspan=5").add(word.of(lang)))).each(shown).add(harmful_only.then(
                || {
                    tag("tr grp").add(
                        tag("td colspan=5").add(
                            fill(
                                lang.pick("%0 of %1 counted, %2 of them without harm", "%1개 중 %0개 계산, 그중 %2개는 무해"),
                                &[Arg::Num(known.count() as i64), Arg::Num((to - from) as i64), Arg::Num(harmless as i64)],
                            )
                            .text(),
                        ),
                    )
                },
            ))
        }))
    };
    let many = singles >= MANY_BROKERS;
    let shown = view.over.and_then(|at| Some((at, view.rows.get(at)?)));
    tag("section panel whatif")
        .acts(ListenerKind::onmouseleave, on, Act::WhatIf(WhatIf::Over(None)))
        .add(
            tag("header")
                .add(
                    tag("h2")
                        .add(Word::WhatIf.of(lang))
                        .add(tag("span kick").add(fill(lang.pick("at %0, all at once", "%0에 한꺼번에"), &[Arg::Text(&view.at)]).text())),
                )
                .add(icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))),
        )
        .add(
            tag("div seg role=group")
                .at("aria-label", Word::HowTheyFail.of(lang))
                .add(kind(Blow::Crash, Word::Crash))
                .add(kind(Blow::PowerLoss, Word::PowerLoss))
                .add(kind(Blow::DiskLost, Word::DiskLost)),
        )
        .add(
            tag("table")
                .class_if(view.is_old, "old")
                .at("aria-busy", view.is_counting)
                .add(
                    tag("thead").add(
                        tag("tr")
                            .add(tag("th scope=col").add(Word::Fails.of(lang)))
                            .add(tag("td"))
                            .add(tag("th scope=col").add(Word::CouldLose.of(lang)))
                            .add(tag("th scope=col").add(Word::GoOffline.of(lang)))
                            .add(tag("th scope=col").add(Word::UnderMinIsr.of(lang))),
                    ),
                )
                .add(group(Word::OneBroker, 0, singles, false))
                .add(group(Word::WholeRack, singles, singles + racks, false))
                .add(group(Word::TwoBrokers, singles + racks, view.rows.len(), many)),
        )
        .add(if let Some((at, row)) = shown {
            together()
                .add(
                    button("btn wide")
                        .click(on, Act::WhatIf(WhatIf::Show(at)))
                        .add(icon("fork"))
                        .add(tag("span").add(lang.pick("Show me: ", "보여 주기: ")).add(name(lang, row))),
                )
                .add(
                    tag("p dim").add(lang.pick("forks here, then ", "여기서 갈라져 ")).add(
                        tag("code").add(row.brokers.iter().map(|id| view.blow.command(*id).to_string()).collect::<Vec<_>>().join(" · ")),
                    ),
                )
        } else {
            tag("p dim").add(Word::WhatIfHint.of(lang))
        })
}

fn row(lang: Lang, view: &WhatIfView, at: usize, row: &Row, on: &Callback<Act>) -> Tag {
    let over = Act::WhatIf(WhatIf::Over(Some(at)));
    let count = |of: usize, class: &'static str| match row.counts() {
        None => tag("td num dim").add("·"),
        Some(counts) => {
            let count = counts.get(of).copied().unwrap_or(0);
            tag("td num").add(tag("span").class_if(count > 0, class).add(count))
        }
    };
    let who = name(lang, row);
    let label = lang.pick("Show me: ", "보여 주기: ").to_owned() + &who;
    tag("tr")
        .class_if(view.over == Some(at), "sel")
        .acts(ListenerKind::onmouseenter, on, over.clone())
        .add(tag("th scope=row").add(
            button("lk").at("aria-label", label).acts(ListenerKind::onfocus, on, over).click(on, Act::WhatIf(WhatIf::Show(at))).add(who),
        ))
        .add(tag("td dim").add(view.notes.get(at).map(|note| together().add(note.clone()))))
        .add(count(0, "w-lose"))
        .add(count(1, "w-off"))
        .add(count(2, "w-thin"))
}

/// What a row says in words: a headline and a because.
pub(crate) fn said(lang: Lang, survey: &Survey, row: &Row) -> Option<(Rich, Rich)> {
    let fates = row.fates.as_ref()?;
    let who = match &row.rack {
        Some(_) => name(lang, row),
        None => broker_names(lang, &row.brokers),
    };
    let named = |of: fn(&Fate) -> bool| {
        let names: Vec<String> = survey.partitions.iter().zip(fates).filter(|(_, fate)| of(fate)).map(|(p, _)| p.to_string()).collect();
        match names.len() {
            0..=4 => names.join(", "),
            more => {
                names.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ")
                    + lang.pick(" and ", " 외 ")
                    + &(more - 3).to_string()
            }
        }
    };
    let (lose, offline, thin) = (named(|f| f.may_lose), named(|f| f.offline), named(|f| f.under_min_isr));
    let fails = match survey.blow {
        Blow::Crash => lang.pick("If %0 crashed now", "지금 %0|이 멈추면"),
        Blow::PowerLoss => lang.pick("If %0 lost power now", "지금 %0의 전원이 나가면"),
        Blow::DiskLost => lang.pick("If %0 lost the disk now", "지금 %0의 디스크를 잃으면"),
    };
    let mut template = fails.to_owned();
    template += match (lose.is_empty(), offline.is_empty(), thin.is_empty()) {
        (true, true, true) => lang.pick(", everything would go on.", " 모두 그대로 이어집니다."),
        (true, true, false) => lang.pick(", nothing acknowledged would be lost.", " 확인된 레코드는 잃지 않습니다."),
        (true, false, _) => lang
            .pick(", %2 would be offline; nothing acknowledged would be lost.", " %2|이 오프라인이 되지만 확인된 레코드는 잃지 않습니다."),
        (false, true, _) => lang.pick(", %1 could lose acknowledged records.", " %1|이 확인된 레코드를 잃을 수 있습니다."),
        (false, false, _) => lang.pick(
            ", %2 would be offline, and %1 could lose acknowledged records.",
            " %2|이 오프라인이 되고 %1|이 확인된 레코드를 잃을 수 있습니다.",
        ),
    };
    let args = [Arg::Name(&who), Arg::Code(&lose), Arg::Code(&offline)];
    let because = match thin.is_empty() {
        true => Rich::plain(""),
        false => fill(
            lang.pick("%0 would fall under min ISR and refuse acks=all.", "%0|은 min ISR 미만이 되어 acks=all을 거부합니다."),
            &[Arg::Code(&thin)],
        ),
    };
    // A rack or a list of brokers is a name like a broker's.
    Some((fill(&template, &args), because))
}

/// A fate under its lane: the words, and the class that says how bad it is.
pub(crate) fn fate(lang: Lang, fate: Fate) -> (&'static str, &'static str) {
    match (fate.offline, fate.may_lose, fate.under_min_isr) {
        (true, true, _) => (lang.pick("offline, may lose", "오프라인, 유실 가능"), "bad"),
        (true, false, _) => (lang.pick("offline", "오프라인"), "bad"),
        (false, true, _) => (lang.pick("may lose", "유실 가능"), "bad"),
        (false, false, true) => (lang.pick("under min ISR", "min ISR 미달"), "bad"),
        (false, false, false) => (lang.pick("goes on", "그대로"), ""),
    }
}
