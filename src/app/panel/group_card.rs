//! A consumer group's box, and consumers without one: what each reads, its next offset, its lag.

use crate::app::act::{Act, Selected};
use crate::app::bits::XHTML;
use crate::app::memo::Draw;
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::scene::layout::Card;
use kafka_playground::scene::view::{ConsumerView, GroupStateView, GroupView, PositionView};
use kafka_playground::text::{Lang, Word, lag_name};
use std::rc::Rc;
use yew::prelude::*;

/// What a group's box shows.
#[derive(PartialEq)]
pub(crate) struct GroupCard {
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

impl Draw for GroupCard {
    fn draw(&self) -> Tag {
        let GroupCard { lang, view, card, selected, on } = self;
        let lang = *lang;
        let name = button("cn-name")
            .click(on, Act::Select(Some(Selected::Group(view.name.clone()))))
            .add((*card != Card::Line).then(|| together().add(Word::Group.of(lang)).add(" ")))
            .add(tag("span mono").add(&view.name));
        let is_chosen = |consumer: &ConsumerView| *selected == Some(Selected::Consumer(consumer.node));
        let members = together()
            .each(view.members.iter().map(|member| consumer(lang, member, *card, is_chosen(member), view.state.is_rebalancing(), on)));
        let missing = match view.missing.is_empty() {
            true => together(),
            false => tag("p missing").add(Word::Waiting.of(lang)).add(": ").add(view.missing.join(", ")),
        };
        match card {
            Card::Line => tag("div gt").at("xmlns", XHTML).add(name).add(members),
            _ => {
                tag("div grp-in")
                    .at("xmlns", XHTML)
                    .add(tag("div gh").add(name).add(
                        tag("span").class(if view.state.is_rebalancing() { "warn" } else { "dim" }).add(state_word(view.state).of(lang)),
                    ))
                    .add(if *card == Card::Full { members } else { tag("div gr").add(members) })
                    .add(missing)
            }
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
pub(crate) fn consumer(lang: Lang, view: &ConsumerView, card: Card, is_selected: bool, is_rebalancing: bool, on: &Callback<Act>) -> Tag {
    let box_of = |words: &'static str| {
        let card = tag(words).at("xmlns", XHTML).class_if(is_selected, "sel").class_if(!view.up, "off");
        card.class_if(is_rebalancing || view.missing, "fade")
    };
    let name =
        button("cn-name").at("aria-pressed", is_selected).click(on, Act::Select(Some(Selected::Consumer(view.node)))).add(&view.name);
    if card == Card::Full {
        box_of("div client cons")
            .add(tag("div ch").add(name).add((!view.up).then(|| tag("span tagc bad").add(Word::Down.of(lang)))))
            .add(positions(lang, &view.positions))
    } else {
        let total: i64 = view.positions.iter().map(|position| position.lag).sum();
        box_of("div cons1")
            .add(name)
            .add(tag("span dim ps").add(Word::Reads.of(lang)))
            .add(tag("span num dim").add(partition_numbers(&view.positions)))
            .add((total > 0).then(|| lag(lang, total)))
    }
}

/// What a consumer reads, as a small table.
pub(crate) fn positions(lang: Lang, list: &[PositionView]) -> Tag {
    tag("table pos")
        .add(
            tag("thead").add(
                tag("tr")
                    .add(tag("th scope=col").add(Word::Reads.of(lang)))
                    .add(tag("th scope=col").add(Word::Next.of(lang)))
                    .add(tag("th scope=col").add(Word::Lag.of(lang))),
            ),
        )
        .add(tag("tbody").each(list.iter().map(|position| {
            tag("tr")
                .add(tag("td mono").add(position.partition.to_string()))
                .add(tag("td num").add(position.next.map_or_else(|| "–".to_owned(), |next| next.to_string())))
                .add(tag("td").add(lag(lang, position.lag)))
        })))
}

/// A lag: as many record squares, from 6 on a number.
fn lag(lang: Lang, records: i64) -> Tag {
    tag("span lag role=img").at("aria-label", lag_name(lang, records)).add(if (1..6).contains(&records) {
        together().each((0..records).map(|_| tag("i")))
    } else {
        tag("b").add(records)
    })
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
