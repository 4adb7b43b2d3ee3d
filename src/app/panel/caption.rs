//! Under the rack: the sentence of this instant, and what each shape of a message is.

use crate::app::act::{Act, Setting};
use crate::app::bits::rich;
use crate::app::memo::Draw;
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::text::{Lang, Rich, Word};
use std::rc::Rc;
use yew::prelude::*;

/// What the caption and the legend show.
#[derive(PartialEq)]
pub(crate) struct Caption {
    /// The language.
    pub(crate) lang: Lang,
    /// What happens now.
    pub(crate) headline: Rc<Rich>,
    /// And why.
    pub(crate) because: Rc<Rich>,
    /// Whether background traffic is shown.
    pub(crate) has_background: bool,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

impl Draw for Caption {
    fn draw(&self) -> Tag {
        let Caption { lang, headline, because, has_background, on } = self;
        tag("div foot").add(tag("p caption").add(rich(headline)).add(" ").add(tag("span more").add(rich(because)))).add(legend(
            *lang,
            *has_background,
            on,
        ))
    }
}

fn legend(lang: Lang, has_background: bool, on: &Callback<Act>) -> Tag {
    let shape = |shape: Tag| tag("svg lgs aria-hidden=true").at("viewBox", "0 0 20 20").add(shape);
    let still = |word: Word, drawn: Tag| tag("li lg").add(shape(drawn)).add(word.of(lang));
    let faint = |word: Word, drawn: Tag| {
        tag("li").add(
            button("lg faint")
                .at("aria-pressed", has_background)
                .click(on, Act::Set(Setting::Background(!has_background)))
                .add(shape(drawn))
                .add(word.of(lang)),
        )
    };
    tag("ul legend")
        .at("aria-label", Word::LegendSwitch.of(lang))
        .add(still(Word::Record, tag("rect tr x=4 y=4 width=12 height=12 rx=1.5")))
        .add(still(
            Word::Ack,
            together().add(tag("rect ack x=3 y=3 width=14 height=14 rx=3")).add(tag("path tick").at("d", "M6.6 10.2l2.4 2.6l4.4 -5")),
        ))
        .add(still(Word::Fetch, tag("path chev").at("d", "M7 5l5 5l-5 5")))
        .add(still(
            Word::FetchResponse,
            together()
                .add(tag("rect capsule foll x=0.8 y=2 width=18.4 height=16 rx=6"))
                .add(tag("rect tk x=6 y=5.5 width=8 height=9 rx=1")),
        ))
        .add(faint(Word::Metadata, tag("path meta").at("d", "M10 3.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z")))
        .add(faint(Word::Heartbeat, tag("circle hb").round(10.0, 10.0, 3.2)))
        .add(still(Word::Group, tag("path grp").at("d", "M10 3l6 3.5v7l-6 3.5l-6 -3.5v-7z")))
}
