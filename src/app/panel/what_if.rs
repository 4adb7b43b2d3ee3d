//! "What if": who could fail, and what would become of the partitions; a row shows itself in the scene, and can be gone on with.

use crate::app::act::{Act, Page, WhatIf};
use crate::app::bits::{click, icon, icon_button};
use kafka_playground::lab::survive::{Blow, Fate, MANY_BROKERS, Row, Survey};
use kafka_playground::text::{Arg, Lang, Rich, Word, broker_names, fill};
use yew::prelude::*;

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
pub(crate) fn what_if(lang: Lang, view: &WhatIfView, on: &Callback<Act>) -> Html {
    let kind = |blow: Blow, word: Word| {
        let pressed = if view.blow == blow { "true" } else { "false" };
        html! { <button type="button" aria-pressed={pressed} onclick={click(on, Act::WhatIf(WhatIf::Blow(blow)))}>{word.of(lang)}</button> }
    };
    let singles = view.rows.iter().take_while(|row| row.rack.is_none() && row.brokers.len() == 1).count();
    let racks = view.rows.iter().filter(|row| row.rack.is_some()).count();
    let group = |word: Word, from: usize, to: usize, harmful_only: bool| {
        let is_shown = |row: &&Row| !harmful_only || row.counts().is_some_and(|counts| counts != [0; 3]);
        let shown = (from..to).filter_map(|at| view.rows.get(at).filter(is_shown).map(|of| row(lang, view, at, of, on)));
        let known = view.rows.iter().take(to).skip(from).filter(|row| row.fates.is_some());
        let harmless = known.clone().filter(|row| row.counts() == Some([0; 3])).count();
        html! {
            if to > from {
                <tbody>
                    <tr class="grp"><th scope="rowgroup" colspan="5">{word.of(lang)}</th></tr>
                    {for shown}
                    if harmful_only {
                        <tr class="grp"><td colspan="5">{fill(
                            lang.pick("%0 of %1 counted, %2 of them without harm", "%1개 중 %0개 계산, 그중 %2개는 무해"),
                            &[Arg::Num(known.count() as i64), Arg::Num((to - from) as i64), Arg::Num(harmless as i64)],
                        ).text()}</td></tr>
                    }
                </tbody>
            }
        }
    };
    let many = singles >= MANY_BROKERS;
    let shown = view.over.and_then(|at| Some((at, view.rows.get(at)?)));
    html! {
        <section class="panel whatif" onmouseleave={click(on, Act::WhatIf(WhatIf::Over(None)))}>
            <header>
                <h2>{Word::WhatIf.of(lang)}<span class="kick">{fill(lang.pick("at %0, all at once", "%0에 한꺼번에"), &[Arg::Text(&view.at)]).text()}</span></h2>
                {icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))}
            </header>
            <div class="seg" role="group" aria-label={Word::HowTheyFail.of(lang)}>
                {kind(Blow::Crash, Word::Crash)}{kind(Blow::PowerLoss, Word::PowerLoss)}{kind(Blow::DiskLost, Word::DiskLost)}
            </div>
            <table class={classes!(view.is_old.then_some("old"))} aria-busy={if view.is_counting { "true" } else { "false" }}>
                <thead><tr>
                    <th scope="col">{Word::Fails.of(lang)}</th><td></td>
                    <th scope="col">{Word::CouldLose.of(lang)}</th>
                    <th scope="col">{Word::GoOffline.of(lang)}</th>
                    <th scope="col">{Word::UnderMinIsr.of(lang)}</th>
                </tr></thead>
                {group(Word::OneBroker, 0, singles, false)}
                {group(Word::WholeRack, singles, singles + racks, false)}
                {group(Word::TwoBrokers, singles + racks, view.rows.len(), many)}
            </table>
            if let Some((at, row)) = shown {
                <button type="button" class="btn wide" onclick={click(on, Act::WhatIf(WhatIf::Show(at)))}>
                    {icon("fork")}<span>{lang.pick("Show me: ", "보여 주기: ")}{name(lang, row)}</span>
                </button>
                <p class="dim">{lang.pick("forks here, then ", "여기서 갈라져 ")}
                    <code>{row.brokers.iter().map(|id| view.blow.command(*id).to_string()).collect::<Vec<_>>().join(" · ")}</code></p>
            } else {
                <p class="dim">{Word::WhatIfHint.of(lang)}</p>
            }
        </section>
    }
}

fn row(lang: Lang, view: &WhatIfView, at: usize, row: &Row, on: &Callback<Act>) -> Html {
    let over = click(on, Act::WhatIf(WhatIf::Over(Some(at))));
    let focus = {
        let on = on.clone();
        Callback::from(move |_: FocusEvent| on.emit(Act::WhatIf(WhatIf::Over(Some(at)))))
    };
    let count = |of: usize, class: &'static str| match row.counts() {
        None => html! { <td class="num dim">{"·"}</td> },
        Some(counts) => {
            let count = counts.get(of).copied().unwrap_or(0);
            html! { <td class="num"><span class={(count > 0).then_some(class)}>{count.to_string()}</span></td> }
        }
    };
    let who = name(lang, row);
    let label = lang.pick("Show me: ", "보여 주기: ").to_owned() + &who;
    html! {
        <tr class={classes!((view.over == Some(at)).then_some("sel"))} onmouseenter={over.clone()}>
            <th scope="row"><button type="button" class="lk" aria-label={label} onfocus={focus} onclick={click(on, Act::WhatIf(WhatIf::Show(at)))}>{who}</button></th>
            <td class="dim">{view.notes.get(at).cloned()}</td>
            {count(0, "w-lose")}{count(1, "w-off")}{count(2, "w-thin")}
        </tr>
    }
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
