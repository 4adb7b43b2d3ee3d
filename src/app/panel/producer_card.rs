//! A producer's card: its key, how the partition is chosen, Send, and what became of the last sends.

use crate::app::act::{Act, Selected};
use crate::app::bits::{XHTML, chosen, click};
use kafka_playground::kafka::partitioner::{murmur2, partition_for_key};
use kafka_playground::scene::layout::Card;
use kafka_playground::scene::view::{OutcomeView, ProducerView};
use kafka_playground::text::{Lang, Word, send_name};
use std::rc::Rc;
use yew::prelude::*;

/// The keys a card offers; the last sends without one.
pub(crate) const KEYS: [&str; 8] = ["apple", "lime", "lemon", "cherry", "plum", "fig", "mango", ""];

/// What a card shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ProducerCardProps {
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

/// A producer's card.
pub(crate) struct ProducerCard;

impl Component for ProducerCard {
    type Message = ();
    type Properties = ProducerCardProps;

    fn create(_: &Context<Self>) -> Self {
        ProducerCard
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ProducerCardProps { lang, view, card, is_selected, topic, on, .. } = ctx.props();
        let lang = *lang;
        let class = classes!(
            "client",
            "prod",
            match card {
                Card::Full => "",
                Card::Short => "compact",
                Card::Line => "tiny",
            },
            (!view.up).then_some("off"),
            is_selected.then_some("sel")
        );
        let name = html! {
            <button type="button" class="cn-name" aria-pressed={if *is_selected { "true" } else { "false" }} onclick={click(on, Act::Select(Some(Selected::Producer(view.node))))}>{&*view.name}</button>
        };
        let acks = html! { <span class="mono tagc">{"acks="}{&*view.acks}</span> };
        let send = html! {
            <button type="button" class="send" aria-label={send_name(lang, &view.name)} disabled={!view.up || topic.is_none()} onclick={click(on, Act::Send(view.node))}>
                {Word::Send.of(lang)}<kbd aria-hidden="true">{"S"}</kbd>
            </button>
        };
        match card {
            Card::Full => html! {
                <div xmlns={XHTML} {class}>
                    <div class="ch">{name}<span class="dim">{Word::Producer.of(lang)}</span>{acks}</div>
                    {key_field(ctx.props())}{how(ctx.props())}{send}{outcomes(lang, &view.outcomes, 3)}
                </div>
            },
            Card::Short => html! {
                <div xmlns={XHTML} {class}>
                    <div class="colA"><div class="ch">{name}<span class="dim">{Word::Producer.of(lang)}</span>{acks}</div>{outcomes(lang, &view.outcomes, 2)}</div>
                    {key_field(ctx.props())}{how(ctx.props())}{send}
                </div>
            },
            Card::Line => {
                html! { <div xmlns={XHTML} {class}><div class="cname">{name}<span class="mono dim">{"acks="}{&*view.acks}</span></div>{send}</div> }
            }
        }
    }
}

fn key_field(props: &ProducerCardProps) -> Html {
    let (lang, node, on) = (props.lang, props.view.node, props.on.clone());
    let onchange = Callback::from(move |event: Event| {
        if let Some(key) = chosen(&event) {
            on.emit(Act::Key(node, if key.is_empty() { None } else { Some(key.into()) }));
        }
    });
    let current = props.choice.as_deref().unwrap_or_default();
    let other = (!KEYS.contains(&current)).then_some(current);
    html! {
        <label class="field"><span class="dim">{Word::Key.of(lang)}</span>
            <select class="val mono" {onchange}>
                {for KEYS.into_iter().chain(other).map(|key| {
                    let word = if key.is_empty() { Word::None.of(lang).to_owned() } else { key.to_owned() };
                    html! { <option value={key.to_owned()} selected={key == current}>{word}</option> }
                })}
            </select>
        </label>
    }
}

fn how(props: &ProducerCardProps) -> Html {
    let Some((topic, partitions)) = &props.topic else { return html! {} };
    let Some(key) = &props.choice else { return html! { <p class="how">{Word::Sticky.of(props.lang)}</p> } };
    if *partitions == 0 {
        return html! {};
    }
    let partition = partition_for_key(key.as_bytes(), *partitions);
    let hash = murmur2(key.as_bytes()) & i32::MAX;
    let whole =
        String::from("murmur2(") + key + ") = " + &hash.to_string() + " mod " + &partitions.to_string() + " = " + &partition.to_string();
    html! {
        <p class="how" title={whole}>
            <span class="mono">{"murmur2 mod "}{*partitions}{" = "}{partition}</span>
            <span class="to">{"→ "}<span class="mono">{&**topic}{"-"}{partition}</span></span>
        </p>
    }
}

/// The last outcomes, as many as there is room for.
pub(crate) fn outcomes(lang: Lang, list: &[(kafka_playground::kafka::record::RecordId, OutcomeView)], room: usize) -> Html {
    let shown = list.iter().skip(list.len().saturating_sub(room));
    html! { <ol class="outs" aria-label={Word::Outcomes.of(lang)}>{for shown.map(|(_, outcome)| one_outcome(lang, outcome))}</ol> }
}

fn one_outcome(lang: Lang, outcome: &OutcomeView) -> Html {
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
    html! { <li {class} {title}><span class="mk" aria-hidden="true">{sign}</span><span class="mono">{record}</span><span class="st">{word}</span></li> }
}
