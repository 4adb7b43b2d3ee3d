//! Paints a display list on the canvas over the stage, and owns the browser's frames.

use kafka_playground::scene::compose::{DisplayList, Draw};
use kafka_playground::scene::layout::Layout;
use kafka_playground::scene::path::{Point, n, written};
use kafka_playground::scene::theme::Ink;
use std::cell::{Cell, RefCell};
use std::f64::consts::TAU;
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement, HtmlElement, Window};

/// The sharpest a canvas is drawn.
const MAX_RATIO: f64 = 2.0;
/// A digit's box in the sprite sheet, in CSS pixels.
const DIGIT: (f64, f64) = (8.0, 14.0);
/// The inks numerals are drawn in, one line of the sheet each.
const NUMERALS: [Ink; 2] = [Ink::OnRecord, Ink::OnLeader];

/// The painter of one canvas.
pub(crate) struct Painter {
    window: Window,
    document: Document,
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    sprites: HtmlCanvasElement,
    /// A digit's advance.
    advance: f64,
    colours: Vec<String>,
    ratio: f64,
    size: (u32, u32),
    scale: f64,
    labels: Vec<(Element, Element, Element)>,
    shown: Vec<String>,
}

impl Painter {
    /// The painter of a canvas; none where the browser gives no context.
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Option<Painter> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let sprites = document.create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
        let mut painter = Painter {
            window,
            document,
            canvas,
            context,
            sprites,
            advance: 6.1,
            colours: Vec::new(),
            ratio: 1.0,
            size: (0, 0),
            scale: 0.0,
            labels: Vec::new(),
            shown: Vec::new(),
        };
        painter.theme_changed();
        Some(painter)
    }

    /// Looks the colours up again.
    pub(crate) fn theme_changed(&mut self) {
        self.colours = Ink::ALL.iter().map(|ink| self.look_up(*ink).unwrap_or_else(|| "#808080".to_owned())).collect();
        self.scale = 0.0;
    }

    /// A custom property is resolved where it is used as a colour, not where it is read.
    fn look_up(&self, ink: Ink) -> Option<String> {
        let body = self.document.body()?;
        let probe = self.document.create_element("span").ok()?.dyn_into::<HtmlElement>().ok()?;
        let value = ["var(", ink.property(), ")"].concat();
        probe.style().set_property("color", &value).ok()?;
        body.append_child(&probe).ok()?;
        let colour = self.window.get_computed_style(&probe).ok().flatten().and_then(|style| style.get_property_value("color").ok());
        probe.remove();
        colour
    }

    fn colour(&self, ink: Ink) -> &str {
        self.colours.get(ink as usize).map_or("#808080", String::as_str)
    }

    /// Fits the canvas to its box; the frame does it, never the DOM's attributes.
    fn fit(&mut self, scale: f64) {
        let ratio = self.window.device_pixel_ratio().clamp(1.0, MAX_RATIO);
        let (w, h) = (f64::from(self.canvas.client_width()), f64::from(self.canvas.client_height()));
        let size = ((w * ratio).round() as u32, (h * ratio).round() as u32);
        if size != self.size {
            self.canvas.set_width(size.0);
            self.canvas.set_height(size.1);
            self.size = size;
        }
        if (ratio, scale) != (self.ratio, self.scale) {
            self.ratio = ratio;
            self.scale = scale;
            self.draw_sprites();
        }
    }

    fn draw_sprites(&mut self) {
        let k = self.ratio * self.scale;
        self.sprites.set_width((DIGIT.0 * 10.0 * k).ceil() as u32);
        self.sprites.set_height((DIGIT.1 * NUMERALS.len() as f64 * k).ceil() as u32);
        let Some(context) = self.sprites.get_context("2d").ok().flatten().and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok())
        else {
            return;
        };
        let family = self
            .document
            .body()
            .and_then(|body| self.window.get_computed_style(&body).ok().flatten())
            .and_then(|style| style.get_property_value("font-family").ok())
            .filter(|family| !family.is_empty())
            .unwrap_or_else(|| "sans-serif".to_owned());
        let _ = context.set_transform(k, 0.0, 0.0, k, 0.0, 0.0);
        context.set_font(&["11px ", &family].concat());
        context.set_text_align("center");
        for (line, ink) in NUMERALS.iter().enumerate() {
            context.set_fill_style_str(self.colour(*ink));
            for digit in 0..10_u8 {
                let (x, y) = (DIGIT.0 * (f64::from(digit) + 0.5), DIGIT.1 * line as f64 + 10.8);
                let _ = context.fill_text(&digit.to_string(), x, y);
            }
        }
        if let Ok(measure) = context.measure_text("0") {
            self.advance = measure.width();
        }
    }

    /// Paints a picture.
    pub(crate) fn paint(&mut self, list: &DisplayList, layout: &Layout) {
        self.fit(layout.scale);
        let k = self.ratio * layout.scale;
        let context = &self.context;
        let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, f64::from(self.size.0), f64::from(self.size.1));
        let _ = context.set_transform(k, 0.0, 0.0, k, layout.origin.x * k, layout.origin.y * k);
        context.set_global_alpha(1.0);
        for (ink, rects) in &list.rects {
            context.set_fill_style_str(self.colour(*ink));
            for [x, y, w, h] in rects {
                context.fill_rect(f64::from(*x), f64::from(*y), f64::from(*w), f64::from(*h));
            }
        }
        for draw in &list.draws {
            self.draw(draw);
        }
        self.label(list);
    }

    fn draw(&self, draw: &Draw) {
        let c = &self.context;
        match draw {
            Draw::Rect { x, y, w, h, ink, alpha } => {
                c.set_global_alpha(*alpha);
                c.set_fill_style_str(self.colour(*ink));
                c.fill_rect(*x, *y, *w, *h);
            }
            Draw::Frame { x, y, w, h, radius, fill, edge, line, alpha } => {
                c.set_global_alpha(*alpha);
                c.begin_path();
                let _ = c.round_rect_with_f64(*x, *y, *w, *h, *radius);
                c.set_fill_style_str(self.colour(*fill));
                c.fill();
                self.stroke(*edge, *line);
            }
            Draw::Digits { x, y, number, ink } => self.digits(*x, *y, *number, *ink),
            Draw::Verdict { x, y, good } => {
                c.set_global_alpha(1.0);
                let (points, ink): (&[&[(f64, f64)]], Ink) = if *good {
                    (&[&[(-3.2, 0.2), (-0.8, 2.8), (3.4, -2.4)]], Ink::Ink)
                } else {
                    (&[&[(-3.0, -3.0), (3.0, 3.0)], &[(3.0, -3.0), (-3.0, 3.0)]], Ink::Fault)
                };
                c.begin_path();
                for line in points {
                    for (i, (dx, dy)) in line.iter().enumerate() {
                        if i == 0 { c.move_to(x + dx, y + dy) } else { c.line_to(x + dx, y + dy) }
                    }
                }
                self.round_stroke(ink, 1.8);
            }
            Draw::Clock { x, y } => {
                c.set_global_alpha(1.0);
                c.begin_path();
                let _ = c.arc(*x, *y, 6.0, 0.0, TAU);
                c.set_fill_style_str(self.colour(Ink::Surface));
                c.fill();
                self.stroke(Ink::Ink, 1.4);
                self.line(&[Point::new(*x, y - 3.5), Point::new(*x, *y), Point::new(x + 2.6, *y)]);
                self.round_stroke(Ink::Ink, 1.4);
            }
            Draw::Chevron { x, y, dx, dy, ink, alpha } => {
                c.set_global_alpha(*alpha);
                let point = |along: f64, across: f64| (x + dx * along - dy * across, y + dy * along + dx * across);
                let (a, tip, b) = (point(-2.5, -5.0), point(2.5, 0.0), point(-2.5, 5.0));
                c.begin_path();
                c.move_to(a.0, a.1);
                c.line_to(tip.0, tip.1);
                c.line_to(b.0, b.1);
                self.round_stroke(*ink, 1.8);
            }
            Draw::Diamond { x, y, radius, ink, alpha } => {
                c.set_global_alpha(*alpha);
                c.begin_path();
                c.move_to(*x, y - radius);
                c.line_to(x + radius, *y);
                c.line_to(*x, y + radius);
                c.line_to(x - radius, *y);
                c.close_path();
                c.set_fill_style_str(self.colour(*ink));
                c.fill();
            }
            Draw::Ring { x, y, radius, ink, alpha } => {
                c.set_global_alpha(*alpha);
                c.begin_path();
                let _ = c.arc(*x, *y, *radius, 0.0, TAU);
                c.set_fill_style_str(self.colour(Ink::Surface));
                c.fill();
                self.stroke(*ink, 1.5);
            }
            Draw::Hexagon { x, y, radius, ink, alpha } => {
                c.set_global_alpha(*alpha);
                let (w, h) = (radius * 0.866, radius / 2.0);
                c.begin_path();
                c.move_to(*x, y - radius);
                for (dx, dy) in [(w, -h), (w, h), (0.0, *radius), (-w, h), (-w, -h)] {
                    c.line_to(x + dx, y + dy);
                }
                c.close_path();
                c.set_fill_style_str(self.colour(Ink::Surface));
                c.fill();
                self.stroke(*ink, 1.6);
            }
            Draw::Trail { from, to, width, ink } => {
                c.set_global_alpha(1.0);
                let gradient = c.create_linear_gradient(from.x, from.y, to.x, to.y);
                let colour = self.colour(*ink);
                let _ = gradient.add_color_stop(0.0, &transparent(colour));
                let _ = gradient.add_color_stop(1.0, colour);
                c.set_stroke_style_canvas_gradient(&gradient);
                c.set_line_width(*width);
                c.set_line_cap("butt");
                self.line(&[*from, *to]);
                c.stroke();
            }
            Draw::Dotted { from, to, ink } => {
                c.set_global_alpha(1.0);
                self.dash(&[1.5, 4.0]);
                self.line(&[*from, *to]);
                self.round_stroke(*ink, 1.4);
                self.dash(&[]);
            }
            Draw::Arrow { points, ink, alpha } => {
                c.set_global_alpha(*alpha);
                self.line(points);
                self.stroke(*ink, 1.8);
                if let [.., before, tip] = points.as_slice() {
                    let length = (tip.x - before.x).hypot(tip.y - before.y).max(1e-6);
                    let (dx, dy) = ((tip.x - before.x) / length, (tip.y - before.y) / length);
                    let wing = |across: f64| Point::new(tip.x - dx * 5.5 - dy * across, tip.y - dy * 5.5 + dx * across);
                    self.line(&[wing(-4.0), *tip, wing(4.0)]);
                    self.round_stroke(*ink, 1.8);
                }
            }
            Draw::Pulse { x, y, radius, ink, alpha } => {
                c.set_global_alpha(*alpha);
                c.begin_path();
                let _ = c.arc(*x, *y, *radius, 0.0, TAU);
                self.stroke(*ink, 1.5);
            }
            Draw::Band { points, width, ink, count } => {
                c.set_global_alpha(0.45);
                self.line(points);
                self.stroke(*ink, *width);
                if let Some(middle) = points.get(points.len() / 2) {
                    let digits = i64::try_from(*count).unwrap_or(i64::MAX);
                    self.whole_number(middle.x, middle.y, digits, *ink);
                }
            }
        }
    }

    fn line(&self, points: &[Point]) {
        self.context.begin_path();
        for (i, p) in points.iter().enumerate() {
            if i == 0 { self.context.move_to(p.x, p.y) } else { self.context.line_to(p.x, p.y) }
        }
    }

    fn stroke(&self, ink: Ink, width: f64) {
        self.context.set_stroke_style_str(self.colour(ink));
        self.context.set_line_width(width);
        self.context.set_line_cap("butt");
        self.context.stroke();
    }

    fn round_stroke(&self, ink: Ink, width: f64) {
        self.context.set_stroke_style_str(self.colour(ink));
        self.context.set_line_width(width);
        self.context.set_line_cap("round");
        self.context.set_line_join("round");
        self.context.stroke();
    }

    fn dash(&self, lengths: &[f64]) {
        let list: js_sys::Array = lengths.iter().map(|l| JsValue::from_f64(*l)).collect();
        let _ = self.context.set_line_dash(&list);
    }

    /// A record's number: from 100 on its last two digits.
    fn digits(&self, x: f64, y: f64, number: i64, ink: Ink) {
        let shown = number.rem_euclid(100);
        if number >= 10 { self.sprite_digits(x, y, &[shown / 10, shown % 10], ink) } else { self.sprite_digits(x, y, &[shown], ink) }
    }

    fn whole_number(&self, x: f64, y: f64, number: i64, ink: Ink) {
        let text = number.to_string();
        let digits: Vec<i64> = text.bytes().map(|b| i64::from(b.saturating_sub(b'0'))).collect();
        let w = digits.len() as f64 * self.advance + 8.0;
        self.context.set_global_alpha(1.0);
        self.context.begin_path();
        let _ = self.context.round_rect_with_f64(x - w / 2.0, y - 8.0, w, 16.0, 4.0);
        self.context.set_fill_style_str(self.colour(Ink::Record));
        self.context.fill();
        self.stroke(ink, 1.2);
        self.sprite_digits(x, y, &digits, Ink::OnRecord);
    }

    fn sprite_digits(&self, x: f64, y: f64, digits: &[i64], ink: Ink) {
        let k = self.ratio * self.scale;
        let line = NUMERALS.iter().position(|i| *i == ink).unwrap_or(0) as f64;
        self.context.set_global_alpha(1.0);
        let first = x - (digits.len() as f64 - 1.0) * self.advance / 2.0;
        for (i, digit) in digits.iter().enumerate() {
            let left = first + i as f64 * self.advance - DIGIT.0 / 2.0;
            let _ = self.context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &self.sprites,
                DIGIT.0 * *digit as f64 * k,
                DIGIT.1 * line * k,
                DIGIT.0 * k,
                DIGIT.1 * k,
                left,
                y - DIGIT.1 / 2.0,
                DIGIT.0,
                DIGIT.1,
            );
        }
    }

    /// Moves the labels in the DOM; their words are set only when they change.
    fn label(&mut self, list: &DisplayList) {
        if self.labels.is_empty() {
            self.find_labels();
        }
        for (i, (group, back, text)) in self.labels.iter().enumerate() {
            let was = self.shown.get(i).cloned().unwrap_or_default();
            match list.labels.get(i) {
                Some(label) => {
                    let place = written("translate(% %)", &[label.at.x, label.at.y]);
                    let _ = group.set_attribute("transform", &place);
                    if was != label.text {
                        let w = label.text.chars().count() as f64 * 6.6 + 8.0;
                        let _ = back.set_attribute("width", &n(w));
                        let _ = text.set_attribute("x", "4");
                        text.set_text_content(Some(&label.text));
                        let _ = group.set_attribute("visibility", "visible");
                    }
                }
                None if !was.is_empty() => {
                    let _ = group.set_attribute("visibility", "hidden");
                }
                None => {}
            }
        }
        self.shown = list.labels.iter().map(|l| l.text.clone()).collect();
    }

    fn find_labels(&mut self) {
        let Ok(groups) = self.document.query_selector_all(".flabels > .flabel") else { return };
        for i in 0..groups.length() {
            let Some(group) = groups.get(i).and_then(|g| g.dyn_into::<Element>().ok()) else { continue };
            if let (Some(back), Some(text)) = (group.first_element_child(), group.last_element_child()) {
                self.labels.push((group, back, text));
            }
        }
    }
}

/// The same colour, seen through: `rgb(1, 2, 3)` as `rgba(1, 2, 3, 0)`.
fn transparent(colour: &str) -> String {
    match colour.strip_prefix("rgb(").and_then(|c| c.strip_suffix(')')) {
        Some(channels) => ["rgba(", channels, ", 0)"].concat(),
        None => "transparent".to_owned(),
    }
}

/// What a frame does with the real microseconds since the last one; false when no further frame is needed.
type OnFrame = Box<dyn FnMut(i64) -> bool>;
/// What the browser calls.
type Called = Closure<dyn FnMut(f64)>;

struct FramesInner {
    window: Window,
    closure: RefCell<Option<Called>>,
    asked: Cell<Option<i32>>,
    last: Cell<Option<f64>>,
    on_frame: RefCell<OnFrame>,
}

/// The frames of the browser: asked for only while there is something to do, given back on drop.
pub(crate) struct Frames(Rc<FramesInner>);

/// At most so much real time counts for one frame, in microseconds.
const LONGEST_FRAME: f64 = 100_000.0;

impl Frames {
    /// Frames that call `on_frame`; the first is asked for by [`Frames::wake`].
    pub(crate) fn new(on_frame: impl FnMut(i64) -> bool + 'static) -> Option<Frames> {
        let inner = Rc::new(FramesInner {
            window: web_sys::window()?,
            closure: RefCell::new(None),
            asked: Cell::new(None),
            last: Cell::new(None),
            on_frame: RefCell::new(Box::new(on_frame)),
        });
        let weak: Weak<FramesInner> = Rc::downgrade(&inner);
        let closure = Closure::new(move |at: f64| {
            if let Some(inner) = weak.upgrade() {
                inner.frame(at);
            }
        });
        *inner.closure.borrow_mut() = Some(closure);
        Some(Frames(inner))
    }

    /// Asks for a frame, unless one is asked for already.
    pub(crate) fn wake(&self) {
        self.0.ask();
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(handle) = self.0.asked.take() {
            let _ = self.0.window.cancel_animation_frame(handle);
        }
    }
}

impl FramesInner {
    fn ask(&self) {
        if self.asked.get().is_some() {
            return;
        }
        if let Some(closure) = self.closure.borrow().as_ref() {
            self.asked.set(self.window.request_animation_frame(closure.as_ref().unchecked_ref()).ok());
        }
    }

    fn frame(&self, at: f64) {
        self.asked.set(None);
        let real = self.last.get().map_or(0.0, |last| ((at - last) * 1_000.0).clamp(0.0, LONGEST_FRAME));
        // A frame that is asked for from within is not asked for twice.
        let goes_on = match self.on_frame.try_borrow_mut() {
            Ok(mut on_frame) => on_frame(real as i64),
            Err(_) => true,
        };
        self.last.set(goes_on.then_some(at));
        if goes_on {
            self.ask();
        }
    }
}
