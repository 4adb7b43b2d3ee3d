//! The configuration editor: Kafka's names with their values, and what a change of each brings about.

use crate::app::act::{Act, ConfigOf};
use crate::app::bits::submit;
use kafka_playground::text::{Lang, Word};
use std::rc::Rc;
use yew::prelude::*;

/// What changing a configuration does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It is dynamic: at once.
    Live,
    /// Brokers restart one by one.
    Restarts,
    /// The client is closed and opened again.
    Reopens,
}

/// One configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigRow {
    /// Kafka's name.
    pub(crate) name: Rc<str>,
    /// Its value as it applies.
    pub(crate) value: Rc<str>,
    /// Whether somebody set it.
    pub(crate) is_set: bool,
    /// What a change does.
    pub(crate) effect: Effect,
}

/// The editor's values.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConfigsProps {
    /// The language.
    pub(crate) lang: Lang,
    /// Whose.
    pub(crate) of: ConfigOf,
    /// The rows worth showing; any other name can be typed.
    pub(crate) rows: Rc<Vec<ConfigRow>>,
    /// Every known name, for the field that takes any.
    pub(crate) known: Rc<Vec<&'static str>>,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// The editor.
pub(crate) struct Configs;

fn effect_word(effect: Effect) -> Word {
    match effect {
        Effect::Live => Word::ConfigLive,
        Effect::Restarts => Word::ConfigRestarts,
        Effect::Reopens => Word::ConfigReopens,
    }
}

impl Component for Configs {
    type Message = ();
    type Properties = ConfigsProps;

    fn create(_: &Context<Self>) -> Self {
        Configs
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ConfigsProps { lang, of, rows, known, on } = ctx.props();
        let lang = *lang;
        let (of_row, of_any) = (of.clone(), of.clone());
        let any = submit(on, move |fields| {
            Some(Act::Configure { of: of_any.clone(), name: fields.given("name")?, value: fields.text("value").into() })
        });
        html! {
            <details class="configs">
                <summary>{Word::Configuration.of(lang)}</summary>
                {for rows.iter().map(|row| {
                    let (of, name) = (of_row.clone(), row.name.clone());
                    let onsubmit = submit(on, move |fields| Some(Act::Configure { of: of.clone(), name: name.clone(), value: fields.text("value").into() }));
                    html! {
                        <form key={&*row.name} class="conf" {onsubmit}>
                            <label><code>{&*row.name}</code><input name="value" class="mono" value={row.value.clone()} autocomplete="off" spellcheck="false" /></label>
                            <button class="btn">{Word::Change.of(lang)}</button>
                            <span class="dim">if !row.is_set { {Word::Default.of(lang)}{" · "} }{effect_word(row.effect).of(lang)}</span>
                        </form>
                    }
                })}
                <form class="conf" onsubmit={any}>
                    <label><span class="vh">{Word::ConfigName.of(lang)}</span><input name="name" class="mono" list="config-names" required=true placeholder={Word::ConfigName.of(lang)} autocomplete="off" autocapitalize="off" spellcheck="false" /></label>
                    <label><span class="vh">{Word::Value.of(lang)}</span><input name="value" class="mono" placeholder={Word::Value.of(lang)} autocomplete="off" spellcheck="false" /></label>
                    <button class="btn">{Word::Change.of(lang)}</button>
                    <datalist id="config-names">{for known.iter().map(|&name| html! { <option value={name} /> })}</datalist>
                </form>
            </details>
        }
    }
}
