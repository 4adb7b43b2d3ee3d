//! The rail: reading aid or selection above, facts, console; a drawer on tablets, a sheet with tabs on telephones.

use crate::app::act::{Act, Sheet, Tab};
use crate::app::tag::{Tag, button, tag};
use kafka_playground::text::{Lang, Word};
use wasm_bindgen::JsCast;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// The rail's parts.
pub(crate) struct Rail {
    /// The language.
    pub(crate) lang: Lang,
    /// The sheet's tab.
    pub(crate) tab: Tab,
    /// How far it is open, where it is a drawer or a sheet.
    pub(crate) sheet: Sheet,
    /// The upper part.
    pub(crate) upper: Tag,
    /// The log of facts.
    pub(crate) facts: Tag,
    /// The form that sends, of the sheet alone, once it was opened.
    pub(crate) send: Option<Tag>,
    /// The console.
    pub(crate) console: Tag,
}

/// Puts the rail together.
pub(crate) fn rail(parts: Rail, on: &Callback<Act>) -> Tag {
    let Rail { lang, tab, sheet, upper, facts, send, console } = parts;
    let one = |which: Tab, word: Word| button(" role=tab").at("aria-selected", tab == which).click(on, Act::Tab(which)).add(word.of(lang));
    let tab_class = match tab {
        Tab::Facts => "t-facts",
        Tab::Selected => "t-selected",
        Tab::Send => "t-send",
        Tab::Console => "t-console",
    };
    let extent = match sheet {
        Sheet::Peek => "shut",
        Sheet::Half => "drawer half",
        Sheet::Full => "drawer full",
    };
    // A click goes one size on; a swipe, up or down. Nothing needs to be dragged.
    let drag = on.clone();
    let onpointerup = Callback::from(move |event: PointerEvent| {
        let bounds = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).map(|e| e.get_bounding_client_rect());
        let moved = bounds.map_or(0.0, |b| f64::from(event.client_y()) - (b.top() + b.bottom()) / 2.0);
        if moved.abs() > 36.0 {
            drag.emit(Act::Sheet(match (sheet, moved < 0.0) {
                (Sheet::Full, true) => Sheet::Full,
                (Sheet::Peek, false) => Sheet::Peek,
                (sheet, up) => sheet.next(up),
            }));
        }
    });
    let onpointerdown = Callback::from(|event: PointerEvent| {
        if let Some(handle) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) {
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    });
    let label = if sheet == Sheet::Full { Word::SheetSmaller } else { Word::SheetLarger };
    tag("aside rail")
        .class(tab_class)
        .class(extent)
        .at("aria-label", Word::Details.of(lang))
        .add(
            button("grab")
                .at("aria-label", label.of(lang))
                .at("aria-expanded", if sheet == Sheet::Peek { "false" } else { "true" })
                .click(on, Act::Sheet(sheet.next(true)))
                .on(ListenerKind::onpointerdown, onpointerdown)
                .on(ListenerKind::onpointerup, onpointerup),
        )
        .add(
            tag("div tabs role=tablist")
                .at("aria-label", Word::Details.of(lang))
                .add(one(Tab::Facts, Word::Facts))
                .add(one(Tab::Selected, Word::Selected))
                .add(one(Tab::Send, Word::Send))
                .add(one(Tab::Console, Word::Console)),
        )
        .add(tag("div railin").add(tag("div upper").add(upper)).add(facts).add(tag("div sendtab panel").add(send)))
        .add(console)
}
