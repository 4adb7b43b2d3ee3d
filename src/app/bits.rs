//! Small pieces every panel is made of: icons, sentences, buttons, fields.

use super::act::Act;
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::text::{Kind, Lang, Rich, Word};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// HTML's namespace: what stands in a `foreignObject` must name it, since Yew lets children inherit SVG's.
pub(crate) const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// An icon of the sprite in `index.html`.
pub(crate) fn icon(name: &'static str) -> Tag {
    let href = String::from("#i-") + name;
    tag("svg ic aria-hidden=true").add(tag("use").at("href", href))
}

/// The same, smaller.
pub(crate) fn small_icon(name: &'static str) -> Tag {
    let href = String::from("#i-") + name;
    tag("svg ic s aria-hidden=true").add(tag("use").at("href", href))
}

/// A sentence with its names and code.
pub(crate) fn rich(sentence: &Rich) -> Tag {
    together().each(sentence.0.iter().map(|piece| {
        let text = piece.text.clone();
        let set = match piece.kind {
            Kind::Plain => together().add(text),
            Kind::Name => tag("b").add(text),
            Kind::Code => tag("code").add(text),
        };
        match piece.kind {
            Kind::Plain | Kind::Code if piece.tail.is_empty() => set,
            _ => tag("span nb").add(set).add(piece.tail.clone()),
        }
    }))
}

/// A square button with an icon.
pub(crate) fn icon_button(on: &Callback<Act>, name: &'static str, label: &'static str, act: Act) -> Tag {
    button("icb").at("aria-label", label).at("title", label).click(on, act).add(icon(name))
}

/// A panel's heading: its kind, its name, and a way to close it.
pub(crate) fn heading(on: &Callback<Act>, lang: Lang, kick: &'static str, name: &str, is_mono: bool) -> Tag {
    let name = tag("span").class_if(is_mono, "mono").add(name.to_owned());
    tag("header").add(tag("h2").add(tag("span kick").add(kick)).add(name)).add(icon_button(
        on,
        "x",
        Word::Close.of(lang),
        Act::Select(None),
    ))
}

/// A label over a value.
pub(crate) fn fact_pair(label: &'static str, value: Tag) -> Tag {
    tag("div").add(tag("dt").add(label)).add(tag("dd").add(value))
}

/// A row of a fault or an action: what it is, what it does, the line that does it, its key.
pub(crate) fn action(on: &Callback<Act>, name: &'static str, why: &'static str, line: String, key: &'static str, act: Act) -> Tag {
    tag("li").add(
        button("act")
            .click(on, act)
            .add(tag("b").add(name))
            .add((!key.is_empty()).then(|| tag("kbd").add(key)))
            .add(tag("span dim").add(why))
            .add(tag("code").add(line)),
    )
}

/// A form that sends what its fields make; nothing is sent when they make nothing.
pub(crate) fn submit(on: &Callback<Act>, make: impl Fn(&Fields) -> Option<Act> + 'static) -> Callback<SubmitEvent> {
    submitted(on.clone(), Box::new(make))
}

/// What makes an act of fields.
type Make = Box<dyn Fn(&Fields) -> Option<Act>>;

fn submitted(on: Callback<Act>, make: Make) -> Callback<SubmitEvent> {
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        let Ok(data) = FormData::new_with_form(&form) else { return };
        if let Some(act) = make(&Fields(data)) {
            on.emit(act);
        }
    })
}

/// What stands in a form's fields.
pub(crate) struct Fields(FormData);

impl Fields {
    /// A field's text without blanks around it.
    pub(crate) fn text(&self, name: &str) -> String {
        self.0.get(name).as_string().unwrap_or_default().trim().to_owned()
    }

    /// The same, none when empty.
    pub(crate) fn given(&self, name: &str) -> Option<std::rc::Rc<str>> {
        let text = self.text(name);
        if text.is_empty() { None } else { Some(text.into()) }
    }

    /// A field's number.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.text(name).parse().ok()
    }
}

/// A labelled text field.
pub(crate) fn text_field(name: &'static str, label: &'static str, value: impl Into<AttrValue>, is_required: bool) -> Tag {
    let value: AttrValue = value.into();
    tag("label fld").add(tag("span").add(label)).add(
        tag("input mono autocomplete=off autocapitalize=off spellcheck=false").at("name", name).value(value).flag("required", is_required),
    )
}

/// A labelled number field.
pub(crate) fn number_field(name: &'static str, label: &'static str, value: i32, min: i32, max: i32) -> Tag {
    tag("label fld").add(tag("span").add(label)).add(
        tag("input num type=number inputmode=numeric")
            .at("name", name)
            .value(value.to_string())
            .at("min", min)
            .at("max", max)
            .flag("required", true),
    )
}

/// A labelled choice: values with their words; the first is chosen.
pub(crate) fn choice_field(name: &'static str, label: &'static str, options: impl Iterator<Item = (AttrValue, AttrValue)>) -> Tag {
    tag("label fld").add(tag("span").add(label)).add(
        tag("select")
            .at("name", name)
            .each(options.enumerate().map(|(at, (value, word))| tag("option").at("value", value).flag("selected", at == 0).add(word))),
    )
}

/// What a select that changed now says.
pub(crate) fn chosen(event: &Event) -> Option<String> {
    event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()).map(|select| select.value())
}

/// What an input that changed now says, as a switch.
pub(crate) fn checked(event: &Event) -> Option<bool> {
    event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()).map(|input| input.checked())
}
