//! A consumer group's box, and consumers without one: what each reads, its next offset, its lag.

use crate::app::act::{Act, Selected};
use crate::app::bits::{XHTML, click};
use kafka_playground::scene::layout::Card;
use kafka_playground::scene::view::{ConsumerView, GroupStateView, GroupView, PositionView};
use kafka_playground::text::{Lang, Word, lag_name};
use std::rc::Rc;
use yew::prelude::*;

/// What a group's box shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct GroupCardProps {
    /// The language.
    pub(crate) lang: Lang,
    /// The group.
    pub(crate) view: Rc<GroupView>,
    /// How much of its members is drawn.
    pub(crate) card: Card,
    /// What is selected.
    pub(crate) selected: Option<Selected>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// A group's box: the dashed frame is the scene's.
pub(crate) struct GroupCard;

impl Component for GroupCard {
    type Message = ();
    type Properties = GroupCardProps;

    fn create(_: &Context<Self>) -> Self {
        GroupCard
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let GroupCardProps { lang, view, card, selected, on } = ctx.props();
        let lang = *lang;
        let name = html! {
            <button type="button" class="cn-name" onclick={click(on, Act::Select(Some(Selected::Group(view.name.clone()))))}>
                if *card != Card::Line { {Word::Group.of(lang)}{" "} }<span class="mono">{&*view.name}</span>
            </button>
        };
        let is_chosen = |consumer: &ConsumerView| *selected == Some(Selected::Consumer(consumer.node));
        let members = html! { {for view.members.iter().map(|member| consumer(lang, member, *card, is_chosen(member), view.state.is_rebalancing(), on))} };
        let missing = match view.missing.is_empty() {
            true => html! {},
            false => html! { <p class="missing">{Word::Waiting.of(lang)}{": "}{view.missing.join(", ")}</p> },
        };
        match card {
            Card::Line => html! { <div xmlns={XHTML} class="gt">{name}{members}</div> },
            _ => html! {
                <div xmlns={XHTML} class="grp-in"><div class="gh">{name}<span class={if view.state.is_rebalancing() { "warn" } else { "dim" }}>{state_word(view.state).of(lang)}</span></div>
                if *card == Card::Full { {members} } else { <div class="gr">{members}</div> }
                {missing}</div>
            },
        }
    }
}

/// A group's state in words.
pub(crate) fn state_word(state: GroupStateView) -> Word {
    match state {
        GroupStateView::Unknown => Word::NoCoordinator,
        GroupStateView::Empty => Word::Empty,
        GroupStateView::PreparingRebalance => Word::PreparingRebalance,
        GroupStateView::CompletingRebalance => Word::CompletingRebalance,
        GroupStateView::Stable => Word::Stable,
        GroupStateView::Dead => Word::Dead,
    }
}

/// One consumer's card, in a group or alone.
pub(crate) fn consumer(lang: Lang, view: &ConsumerView, card: Card, is_selected: bool, is_rebalancing: bool, on: &Callback<Act>) -> Html {
    let state = classes!(is_selected.then_some("sel"), (!view.up).then_some("off"), (is_rebalancing || view.missing).then_some("fade"));
    let name = html! {
        <button type="button" class="cn-name" aria-pressed={if is_selected { "true" } else { "false" }} onclick={click(on, Act::Select(Some(Selected::Consumer(view.node))))}>{&*view.name}</button>
    };
    if card == Card::Full {
        html! {
            <div xmlns={XHTML} class={classes!("client", "cons", state)}>
                <div class="ch">{name}if !view.up { <span class="tagc bad">{Word::Down.of(lang)}</span> }</div>
                {positions(lang, &view.positions)}
            </div>
        }
    } else {
        let total: i64 = view.positions.iter().map(|position| position.lag).sum();
        html! {
            <div xmlns={XHTML} class={classes!("cons1", state)}>
                {name}<span class="dim ps">{Word::Reads.of(lang)}</span><span class="num dim">{partition_numbers(&view.positions)}</span>
                if total > 0 { {lag(lang, total)} }
            </div>
        }
    }
}

/// What a consumer reads, as a small table.
pub(crate) fn positions(lang: Lang, list: &[PositionView]) -> Html {
    html! {
        <table class="pos">
            <thead><tr><th scope="col">{Word::Reads.of(lang)}</th><th scope="col">{Word::Next.of(lang)}</th><th scope="col">{Word::Lag.of(lang)}</th></tr></thead>
            <tbody>{for list.iter().map(|position| html! {
                <tr><td class="mono">{position.partition.to_string()}</td><td class="num">{position.next.map_or_else(|| "–".to_owned(), |next| next.to_string())}</td><td>{lag(lang, position.lag)}</td></tr>
            })}</tbody>
        </table>
    }
}

/// A lag: as many record squares, from 6 on a number.
fn lag(lang: Lang, records: i64) -> Html {
    html! {
        <span class="lag" role="img" aria-label={lag_name(lang, records)}>
            if (1..6).contains(&records) { {for (0..records).map(|_| html! { <i></i> })} } else { <b>{records.to_string()}</b> }
        </span>
    }
}

/// Partition numbers, runs joined: `0, 1` or `0–3`.
fn partition_numbers(list: &[PositionView]) -> String {
    let numbers: Vec<i32> = list.iter().map(|position| position.partition.partition).collect();
    let mut text = String::new();
    let mut at = 0;
    while let Some(&first) = numbers.get(at) {
        let run = (at..numbers.len()).take_while(|&to| numbers[to] == first + (to - at) as i32).count().max(1);
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&first.to_string());
        if run > 2 {
            text.push('–');
            text.push_str(&numbers[at + run - 1].to_string());
            at += run;
        } else {
            at += 1;
        }
    }
    if text.is_empty() { "∅".to_owned() } else { text }
}
