//! The top bar: name, adding, health, language, theme, help.

use crate::app::act::{Act, Page, Place, Setting};
use crate::app::bits::{icon, icon_button, small_icon};
use crate::app::memo::Draw;
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::scene::view::Health;
use kafka_playground::text::{Lang, Word};
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// What the bar shows.
#[derive(PartialEq)]
pub(crate) struct Bar {
    /// The language.
    pub(crate) lang: Lang,
    /// The numbers.
    pub(crate) health: Health,
    /// What the rail shows, for the buttons that open it.
    pub(crate) page: Page,
    /// What the stage shows.
    pub(crate) place: Place,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

impl Draw for Bar {
    fn draw(&self) -> Tag {
        let Bar { lang, health, page, place, on } = self;
        let lang = *lang;
        let opens = |classes: &'static str, target: Page| {
            let is_open = *page == target;
            button(classes).at("aria-expanded", is_open).click(on, Act::Open(if is_open { Page::None } else { target }))
        };
        tag("header bar")
            .add(logo())
            .add(tag("h1").add("Kafka ").add(tag("span").add("Playground")))
            .add(opens("chipb title", Page::Add).add(icon("plus")).add(tag("span").add(Word::Add.of(lang))))
            .add(
                tag("nav places")
                    .at("aria-label", lang.pick("Views", "보기"))
                    .add(go(*place, Place::Cluster, lang.pick("Cluster", "클러스터"), on))
                    .add(go(*place, Place::InOut, Word::InOut.of(lang), on)),
            )
            .add(tag("span grow"))
            .add(numbers(lang, *health))
            .add(opens("btn b-whatif", Page::WhatIf).add(Word::WhatIf.of(lang)))
            .add(languages(lang, on))
            .add(tag("span b-theme").add(icon_button(on, "theme", Word::Theme.of(lang), Act::Set(Setting::Theme))))
            .add(
                opens("icb b-help", Page::Help)
                    .at("aria-label", Word::Help.of(lang))
                    .at("title", Word::Help.of(lang))
                    .add(tag("b").add("?")),
            )
            .add(opens("icb b-menu", Page::Menu).at("aria-label", Word::Menu.of(lang)).add(icon("menu")))
    }
}

/// The way to a view.
fn go(now: Place, place: Place, word: &'static str, on: &Callback<Act>) -> Tag {
    button("go").at("aria-current", (now == place).then_some("page")).click(on, Act::Go(place)).add(word)
}

fn logo() -> Tag {
    tag("svg logo aria-hidden=true")
        .at("viewBox", "0 0 26 18")
        .add(tag("rect lf x=0 y=2 width=5 height=14 rx=1"))
        .add(tag("rect lf x=6 y=2 width=5 height=14 rx=1"))
        .add(tag("rect lo x=14 y=2 width=5 height=14 rx=1"))
        .add(tag("rect lg0 x=20.5 y=2.5 width=4 height=13 rx=1"))
        .add(tag("path lh").at("d", "M12.5 0v18"))
}

/// The numbers of health, always there.
pub(crate) fn numbers(lang: Lang, health: Health) -> Tag {
    let number = |count: usize, word: Word, class: &'static str| {
        tag("li").class(class).class_if(count > 0, "bad").add(tag("b num").add(count)).add(" ").add(word.of(lang))
    };
    tag("ul health")
        .at("aria-label", Word::ClusterHealth.of(lang))
        .add(number(health.under_replicated, Word::UnderReplicated, ""))
        .add(number(health.offline, Word::Offline, "h2nd"))
        .add(number(health.under_min_isr, Word::UnderMinIsr, "h2nd"))
        .add(number(health.lost_after_ack, Word::LostAfterAck, ""))
}

/// The switch of languages.
pub(crate) fn languages(lang: Lang, on: &Callback<Act>) -> Tag {
    let one = |which: Lang, word: &'static str| {
        button("").at("lang", which.tag()).at("aria-pressed", lang == which).click(on, Act::Set(Setting::Language(which))).add(word)
    };
    tag("div lang role=group").at("aria-label", Word::Language.of(lang)).add(one(Lang::En, "EN")).add(one(Lang::Ko, "한국어"))
}

/// The menu, where the bar has no room: health, language, theme, help.
pub(crate) fn menu(lang: Lang, health: Health, has_background: bool, has_single_keys: bool, on: &Callback<Act>) -> Tag {
    tag("section panel menu")
        .add(tag("header").add(tag("h2").add(Word::Menu.of(lang))).add(icon_button(on, "x", Word::Close.of(lang), Act::Open(Page::None))))
        .add(numbers(lang, health))
        .add(languages(lang, on))
        .add(button("chipb").click(on, Act::Open(Page::WhatIf)).add(icon("fork")).add(Word::WhatIf.of(lang)))
        .add(button("chipb").click(on, Act::GoInOut).add(icon("copy")).add(Word::InOut.of(lang)))
        .add(button("chipb").click(on, Act::Set(Setting::Theme)).add(icon("theme")).add(Word::Theme.of(lang)))
        .add(button("chipb").click(on, Act::StartOver).add(icon("again")).add(Word::StartOver.of(lang)))
        .add(button("chipb").click(on, Act::Metrics).add(icon("chart")).add(Word::Metrics.of(lang)))
        .add(button("chipb").click(on, Act::Open(Page::Help)).add(small_icon("help")).add(Word::Help.of(lang)))
        .add(switches(lang, has_background, has_single_keys, on))
}

/// The switches of the page.
pub(crate) fn switches(lang: Lang, has_background: bool, has_single_keys: bool, on: &Callback<Act>) -> Tag {
    let switch = |word: Word, is_on: bool, act: fn(bool) -> Setting| {
        let on = on.clone();
        let onchange = Callback::from(move |event: Event| {
            if let Some(is_on) = crate::app::bits::checked(&event) {
                on.emit(Act::Set(act(is_on)));
            }
        });
        tag("label sw").add(tag("input type=checkbox").checked(is_on).on(ListenerKind::onchange, onchange)).add(word.of(lang))
    };
    together().add(switch(Word::Background, has_background, Setting::Background)).add(switch(
        Word::SingleKeys,
        has_single_keys,
        Setting::SingleKeys,
    ))
}
