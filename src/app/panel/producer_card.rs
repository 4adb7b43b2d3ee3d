//! A producer's card: its key, how the partition is chosen, Send, and what became of the last sends.

use crate::app::act::{Act, Selected};
use crate::app::bits::{XHTML, chosen};
use crate::app::memo::Draw;
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::kafka::partitioner::{murmur2, partition_for_key};
use kafka_playground::scene::layout::Card;
use kafka_playground::scene::view::{OutcomeView, ProducerView};
use kafka_playground::text::{Lang, Word, send_name};
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// The keys a card offers; the last sends without one.
pub(crate) const KEYS: [&str; 8] = ["apple", "lime", "lemon", "cherry", "plum", "fig", "mango", ""];

/// What a card shows.
#[derive(PartialEq)]
pub(crate) struct ProducerCard {
    /// The language.
    pub(crate) lang: Lang,
    /// The producer.
    pub(crate) view: Rc<ProducerView>,
    /// The key it sends next.
    pub(crate) choice: Option<Rc<str>>,
    /// The topic it sends to, with its number of partitions.
    pub(crate) topic: Option<(Rc<str>, u32)>,
    /// How much of it is drawn.
    pub(crate) card: Card,
    /// Whether it is selected.
    pub(crate) is_selected: bool,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

impl Draw for ProducerCard {
    fn draw(&self) -> Tag {
        let ProducerCard { lang, view, card, is_selected, topic, on, .. } = self;
        let lang = *lang;
        let size = match card {
            Card::Full => "",
            Card::Short => "compact",
            Card::Line => "tiny",
        };
        let whole = tag("div client prod").at("xmlns", XHTML).class(size).class_if(!view.up, "off").class_if(*is_selected, "sel");
        let name =
            button("cn-name").at("aria-pressed", *is_selected).click(on, Act::Select(Some(Selected::Producer(view.node)))).add(&view.name);
        let acks = tag("span mono tagc").add("acks=").add(&view.acks);
        let send = button("send")
            .at("aria-label", send_name(lang, &view.name))
            .flag("disabled", !view.up || topic.is_none())
            .click(on, Act::Send(view.node))
            .add(Word::Send.of(lang))
            .add(tag("kbd aria-hidden=true").add("S"));
        match card {
            Card::Full => whole
                .add(tag("div ch").add(name).add(tag("span dim").add(Word::Producer.of(lang))).add(acks))
                .add(key_field(self))
                .add(how(self))
                .add(send)
                .add(outcomes(lang, &view.outcomes, 3)),
            Card::Short => {
                whole
                    .add(
                        tag("div colA")
                            .add(tag("div ch").add(name).add(tag("span dim").add(Word::Producer.of(lang))).add(acks))
                            .add(outcomes(lang, &view.outcomes, 2)),
                    )
                    .add(key_field(self))
                    .add(how(self))
                    .add(send)
            }
            Card::Line => whole.add(tag("div cname").add(name).add(tag("span mono dim").add("acks=").add(&view.acks))).add(send),
        }
    }
}

fn key_field(props: &ProducerCard) -> Tag {
    let (lang, node, on) = (props.lang, props.view.node, props.on.clone());
    let onchange = Callback::from(move |event: Event| {
        if let Some(key) = chosen(&event) {
            on.emit(Act::Key(node, if key.is_empty() { None } else { Some(key.into()) }));
        }
    });
    let current = props.choice.as_deref().unwrap_or_default();
    let other = (!KEYS.contains(&current)).then_some(current);
    tag("label field").add(tag("span dim").add(Word::Key.of(lang))).add(tag("select val mono").on(ListenerKind::onchange, onchange).each(
        KEYS.into_iter().chain(other).map(|key| {
            let word = if key.is_empty() { Word::None.of(lang).to_owned() } else { key.to_owned() };
            tag("option").at("value", key.to_owned()).flag("selected", key == current).add(word)
        }),
    ))
}

fn how(props: &ProducerCard) -> Tag {
    let Some((topic, partitions)) = &props.topic else { return together() };
    let Some(key) = &props.choice else { return tag("p how").add(Word::Sticky.of(props.lang)) };
    if *partitions == 0 {
        return together();
    }
    let partition = partition_for_key(key.as_bytes(), *partitions);
    let hash = murmur2(key.as_bytes()) & i32::MAX;
    let whole =
        String::from("murmur2(") + key + ") = " + &hash.to_string() + " mod " + &partitions.to_string() + " = " + &partition.to_string();
    tag("p how")
        .at("title", whole)
        .add(tag("span mono").add("murmur2 mod ").add(*partitions).add(" = ").add(partition))
        .add(tag("span to").add("→ ").add(tag("span mono").add(topic).add("-").add(partition)))
}

/// The last outcomes, as many as there is room for.
pub(crate) fn outcomes(lang: Lang, list: &[(kafka_playground::kafka::record::RecordId, OutcomeView)], room: usize) -> Tag {
    let shown = list.iter().skip(list.len().saturating_sub(room));
    tag("ol outs").at("aria-label", Word::Outcomes.of(lang)).each(shown.map(|(_, outcome)| one_outcome(lang, outcome)))
}

fn one_outcome(lang: Lang, outcome: &OutcomeView) -> Tag {
    let place = |partition: &Option<kafka_playground::kafka::record::TopicPartition>| {
        partition.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    let at = |partition: &kafka_playground::kafka::record::TopicPartition, offset: &Option<i64>| match offset {
        Some(offset) => partition.to_string() + "@" + &offset.to_string(),
        None => partition.to_string() + "@?",
    };
    let (class, sign, record, word) = match outcome {
        OutcomeView::Sent { partition, retried } => {
            let word = if *retried { Word::Retried } else { Word::Sent };
            (if *retried { "wait" } else { "sent" }, "", partition.to_string(), word.of(lang).to_owned())
        }
        OutcomeView::Waiting { partition, .. } => ("wait", "", partition.to_string(), Word::Waiting.of(lang).to_owned()),
        OutcomeView::Acknowledged { partition, offset } => ("ok", "✓", at(partition, offset), Word::Acked.of(lang).to_owned()),
        OutcomeView::Failed { partition, error } => ("lost", "✕", place(partition), error.to_string()),
        OutcomeView::Lost { partition, offset } => ("lost", "✕", at(partition, offset), Word::LostAck.of(lang).to_owned()),
    };
    let title = word.clone();
    tag("li")
        .class(class)
        .at("title", title)
        .add(tag("span mk aria-hidden=true").add(sign))
        .add(tag("span mono").add(record))
        .add(tag("span st").add(word))
}
