//! The configuration editor: Kafka's names with their values, and what a change of each brings about.

use crate::app::act::{Act, ConfigOf};
use crate::app::bits::submit;
use crate::app::memo::Draw;
use crate::app::tag::{Tag, tag, together};
use kafka_playground::text::{Lang, Word};
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

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
#[derive(PartialEq)]
pub(crate) struct Configs {
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

fn effect_word(effect: Effect) -> Word {
    match effect {
        Effect::Live => Word::ConfigLive,
        Effect::Restarts => Word::ConfigRestarts,
        Effect::Reopens => Word::ConfigReopens,
    }
}

impl Draw for Configs {
    fn draw(&self) -> Tag {
        let Configs { lang, of, rows, known, on } = self;
        let lang = *lang;
        let (of_row, of_any) = (of.clone(), of.clone());
        let any = submit(on, move |fields| {
            Some(Act::Configure { of: of_any.clone(), name: fields.given("name")?, value: fields.text("value").into() })
        });
        tag("details configs")
            .add(tag("summary").add(Word::Configuration.of(lang)))
            .each(rows.iter().map(|row| {
                let (of, name) = (of_row.clone(), row.name.clone());
                let onsubmit = submit(on, move |fields| {
                    Some(Act::Configure { of: of.clone(), name: name.clone(), value: fields.text("value").into() })
                });
                tag("form conf")
                    .key(&*row.name)
                    .on(ListenerKind::onsubmit, onsubmit)
                    .add(
                        tag("label")
                            .add(tag("code").add(&row.name))
                            .add(tag("input mono name=value autocomplete=off spellcheck=false").value(row.value.clone())),
                    )
                    .add(tag("button btn").add(Word::Change.of(lang)))
                    .add(
                        tag("span dim")
                            .add((!row.is_set).then(|| together().add(Word::Default.of(lang)).add(" · ")))
                            .add(effect_word(row.effect).of(lang)),
                    )
            }))
            .add(
                tag("form conf")
                    .on(ListenerKind::onsubmit, any)
                    .add(
                        tag("label").add(tag("span vh").add(Word::ConfigName.of(lang))).add(
                            tag("input mono name=name list=config-names autocomplete=off autocapitalize=off spellcheck=false")
                                .flag("required", true)
                                .at("placeholder", Word::ConfigName.of(lang)),
                        ),
                    )
                    .add(
                        tag("label")
                            .add(tag("span vh").add(Word::Value.of(lang)))
                            .add(tag("input mono name=value autocomplete=off spellcheck=false").at("placeholder", Word::Value.of(lang))),
                    )
                    .add(tag("button btn").add(Word::Change.of(lang)))
                    .add(tag("datalist id=config-names").each(known.iter().map(|&name| tag("option").at("value", name)))),
            )
    }
}
