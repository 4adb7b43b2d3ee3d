//! How to read the picture: shown until it is closed or something is selected.

use crate::app::act::{Act, Page};
use crate::app::bits::{icon_button, rich};
use crate::app::memo::Draw;
use crate::app::tag::{Tag, tag};
use kafka_playground::text::{Lang, Word, how_to_read};
use yew::prelude::*;

/// The reading aid's values.
#[derive(PartialEq)]
pub(crate) struct Reading {
    /// The language.
    pub(crate) lang: Lang,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

impl Draw for Reading {
    fn draw(&self) -> Tag {
        let Reading { lang, on } = self;
        let lang = *lang;
        let [topic, leader, followers] = how_to_read(lang);
        tag("section panel read")
            .add(tag("header").add(tag("h2").add(Word::HowToRead.of(lang))).add(icon_button(
                on,
                "x",
                Word::Close.of(lang),
                Act::Open(Page::None),
            )))
            .add(
                tag("p")
                    .add(rich(&topic))
                    .add(tag("span nb").add(tag("span rg l")).add(tag("b lk").add(lang.pick("leader", "리더"))))
                    .add(rich(&leader))
                    .add(tag("span nb").add(tag("span rg f")).add(tag("b fk").add(lang.pick("Followers", "팔로워"))))
                    .add(rich(&followers)),
            )
            .add(figure(lang))
    }
}

fn figure(lang: Lang) -> Tag {
    let cell = |class: &'static str, offset: i32, y: &'static str, height: &'static str, rx: &'static str, digits: &'static str| {
        let x = 2 + offset * 25;
        tag("g")
            .class(class)
            .add(
                tag("rect width=23.5").class(if offset == 5 { "c u" } else { "c" }).at("x", x).at("y", y).at("height", height).at("rx", rx),
            )
            .add(
                tag("text text-anchor=middle")
                    .class(if offset == 5 { "cn big u" } else { "cn big" })
                    .at("x", x + 12)
                    .at("y", digits)
                    .add(offset),
            )
    };
    tag("svg fig role=img")
        .at("viewBox", "0 0 284 150")
        .at("aria-label", Word::FigureName.of(lang))
        .each((0..=5).map(|offset| cell("lead", offset, "47", "30", "2", "66")))
        .add(tag("rect ghost x=152.5 y=47.5 width=22.5 height=29 rx=2"))
        .each((0..5).map(|offset| cell("foll", offset, "120", "24", "6", "136")))
        .add(tag("rect ghost x=127.5 y=120.5 width=22.5 height=23 rx=6"))
        .add(tag("path hw").at("d", "M126.2 38V81M126.2 116V148"))
        .add(tag("path hwflag").at("d", "M121.7 34h9l-4.5 6z"))
        .add(tag("text it x=282 y=14 text-anchor=end").add(Word::FigureWatermark.of(lang)))
        .add(tag("path lead1").at("d", "M126.2 34V20M177.8 62H192"))
        .add(tag("text it x=198 y=58").add(Word::FigureEnd.of(lang)))
        .add(tag("text it dim x=198 y=73").add(Word::FigureSlot.of(lang)))
        .add(tag("path togo").at("d", "M138.8 79V118"))
        .add(tag("rect capsule foll x=126.8 y=82 width=24 height=32 rx=8"))
        .add(tag("rect tr x=131.8 y=88 width=14 height=20 rx=1.5"))
        .add(tag("text cn u x=138.8 y=102 text-anchor=middle").add("5"))
        .add(tag("text it x=172 y=95").add(Word::FigureFetch.of(lang)))
        .add(tag("text it dim x=172 y=110").add(Word::FigureYet.of(lang)))
}
