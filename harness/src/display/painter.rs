//! The guest's screen and the status line on the terminal.

use super::canvas::{Canvas, place};
use super::colour::Depth;
use super::mouse::Pad;
use super::terminal::Terminal;
use super::text::{self, Shape, View};
use super::{blocks, fit, kitty, menu, sixel};
use crate::guest::{Frame, Guest, TextScreen, TextStyle};
use clap::ValueEnum;
use crossterm::terminal as host;
use std::io;
use std::time::{Duration, Instant};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_micros(16_600);
/// Of the host's time at most one part in this many is spent on frames, so that large pictures do not stop the guest.
const SHARE: u32 = 3;
/// The size of a cell when the terminal does not say: the usual shape.
const CELL: (u16, u16) = (8, 16);
/// The status line's colours.
const STATUS: (u32, u32) = (0x000000, 0xAAAAAA);
/// The counts of a mouse over the width of a text screen, and over one of its rows: DOS drivers take 8 of them for 8 dots of 640, and 16
/// for 8 dots down.
const TEXT_COUNTS: (f64, f64) = (640.0, 16.0);

/// How pictures are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// The best that the terminal has
    Auto,
    /// Two dots in each cell
    Blocks,
    /// By kitty's graphics protocol
    Kitty,
    /// As sixels
    Sixel,
}

/// What the status line says.
pub(super) struct Status<'a> {
    pub(super) name: &'a str,
    pub(super) menu: bool,
    pub(super) paused: bool,
    pub(super) message: Option<&'a str>,
    /// Says how to get out; later it only says where the menu is.
    pub(super) begins: bool,
    pub(super) ratio: String,
    /// What is to be said of the mouse.
    pub(super) mouse: &'a str,
}

#[derive(PartialEq)]
enum Scene {
    Text(TextScreen, TextStyle),
    Picture(Frame),
}

/// Paints what changed.
pub(super) struct Painter {
    canvas: Canvas,
    method: Method,
    cell: (u16, u16),
    scene: Option<Scene>,
    view: View,
    pad: Pad,
    cursor: Option<(usize, usize, Shape)>,
    status_changed: bool,
    next: Instant,
}

impl Painter {
    pub(super) fn new(terminal: &Terminal, method: Method) -> io::Result<Painter> {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let depth = Depth::of(&variable("COLORTERM"), &variable("TERM"));
        let (columns, rows) = host::size()?;
        let abilities = terminal.abilities;
        let method = match method {
            Method::Auto if abilities.kitty_pictures => Method::Kitty,
            Method::Auto if abilities.sixel => Method::Sixel,
            Method::Auto => Method::Blocks,
            chosen => chosen,
        };
        let mut painter = Painter {
            canvas: Canvas::new(columns.into(), rows.into(), depth),
            method,
            cell: CELL,
            scene: None,
            view: View::default(),
            pad: Pad::default(),
            cursor: None,
            status_changed: true,
            next: Instant::now(),
        };
        painter.measure_cells(abilities.cell);
        Ok(painter)
    }

    fn measure_cells(&mut self, told: Option<(u16, u16)>) {
        let window = host::window_size().ok().filter(|size| size.width > 0 && size.height > 0);
        let counted = window.map(|size| (size.width / size.columns.max(1), size.height / size.rows.max(1)));
        let cell = told.or(counted).unwrap_or(self.cell);
        self.cell = (cell.0.max(1), cell.1.max(1));
    }

    pub(super) fn resize(&mut self, columns: usize, rows: usize) {
        self.canvas.resize(columns, rows);
        self.measure_cells(None);
        self.scene = None;
    }

    /// Somebody else has written on the terminal.
    pub(super) fn repaint(&mut self) {
        self.scene = None;
    }

    /// The status line will say something else.
    pub(super) fn status_changed(&mut self) {
        self.status_changed = true;
    }

    /// Where the picture is, for the mouse.
    pub(super) fn pad(&self) -> Pad {
        self.pad
    }

    /// How long until the next frame.
    pub(super) fn due_in(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Whether it is time for a frame.
    pub(super) fn is_due(&self) -> bool {
        self.due_in().is_zero()
    }

    /// Paints what changed since the last frame.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn paint(
        &mut self,
        guest: &mut dyn Guest,
        status: &Status,
        terminal: &mut Terminal,
    ) -> io::Result<()> {
        let began = Instant::now();
        let scene = match (guest.text(), guest.text_style()) {
            (Some(screen), Some(style)) => Scene::Text(screen, style),
            _ => Scene::Picture(guest.frame()),
        };
        if self.scene.as_ref() != Some(&scene) || self.status_changed {
            let bytes = self.draw(scene, status);
            terminal.write(&bytes)?;
        }
        self.next = began + FRAME.max(began.elapsed() * SHARE);
        Ok(())
    }

    fn draw(&mut self, scene: Scene, status: &Status) -> String {
        let mut out = String::new();
        let same = self.scene.as_ref() == Some(&scene);
        let was_picture = matches!(self.scene, Some(Scene::Picture(_)));
        if self.scene.is_none() || was_picture && matches!(scene, Scene::Text(..)) {
            out.push_str(&self.wipe());
        }
        self.canvas.clear();
        let (mut picture, mut cursor) = (None, None);
        match &scene {
            Scene::Text(screen, style) => {
                let rows = self.canvas.rows();
                cursor = text::paint(screen, style, &mut self.view, &mut self.canvas, rows);
                self.pad = pad_of_text(screen, self.view);
                if (screen.rows as usize) < rows || self.wants_row(status) {
                    self.status_line(&scene, status);
                }
            }
            Scene::Picture(frame) => {
                let rows = self.canvas.rows().saturating_sub(1);
                picture = self.picture(frame, rows, !same);
                self.status_line(&scene, status);
            }
        }
        let changes = self.canvas.changes();
        if !changes.is_empty() && self.cursor.is_some() {
            out.push_str("\x1b[?25l");
        }
        out.push_str(&changes);
        out.push_str(&picture.unwrap_or_default());
        self.cursor = cursor.filter(|(_, row, _)| !(self.wants_row(status) && row + 1 == self.canvas.rows()));
        out.push_str(&match self.cursor {
            Some((column, row, shape)) => {
                let style = if shape == Shape::Block { 1 } else { 3 };
                format!("\x1b[0m{}\x1b[{style} q\x1b[?25h", place(column, row))
            }
            None => "\x1b[?25l".into(),
        });
        (self.scene, self.status_changed) = (Some(scene), false);
        out
    }

    /// Whether the status line takes the guest's last row, where there is no other.
    fn wants_row(&self, status: &Status) -> bool {
        status.menu || status.paused || status.begins || status.message.is_some()
    }

    /// Removes everything from the terminal.
    fn wipe(&mut self) -> String {
        self.canvas.forget();
        let picture = if self.method == Method::Kitty { kitty::REMOVE } else { "" };
        format!("\x1b[0m\x1b[2J{picture}")
    }

    /// Draws a picture into the upper rows: into the canvas, or as bytes to be sent behind it.
    fn picture(&mut self, frame: &Frame, rows: usize, changed: bool) -> Option<String> {
        let columns = self.canvas.columns();
        if self.method == Method::Blocks {
            self.pad = pad_of_picture(frame, blocks::size(frame, columns, rows));
            blocks::paint(frame, &mut self.canvas, rows);
            return None;
        }
        let cell = (usize::from(self.cell.0), usize::from(self.cell.1));
        let (width, height) = fit::inside(frame, columns * cell.0, rows * cell.1);
        let size = (width.div_ceil(cell.0), height.div_ceil(cell.1));
        let exact = (width as f64 / cell.0 as f64, height as f64 / cell.1 as f64);
        let whole = (size.0 as f64, size.1 as f64);
        self.pad = pad_of_picture(frame, if self.method == Method::Kitty { whole } else { exact });
        if !changed {
            return None;
        }
        let shown = match self.method {
            Method::Kitty => kitty::show(frame, size.0, size.1),
            _ => sixel::show(&fit::scale(frame, width, height)),
        };
        shown.map(|bytes| format!("{}{bytes}", place(0, 0)))
    }

    fn status_line(&mut self, scene: &Scene, status: &Status) {
        let Some(row) = self.canvas.rows().checked_sub(1) else { return };
        let text = if status.menu { menu::ROW.into() } else { told(scene, status, self.canvas.columns()) };
        self.canvas.line(row, &text, STATUS.0, STATUS.1);
    }
}

/// What the status line says while no menu is open: the guest to the left, relic to the right.
fn told(scene: &Scene, status: &Status, columns: usize) -> String {
    let mode = match scene {
        Scene::Text(screen, _) => format!("{}x{} text", screen.columns, screen.rows),
        Scene::Picture(frame) => format!("{}x{}", frame.width, frame.height),
    };
    let left = match status.message {
        Some(message) => message.to_owned(),
        None => format!("{}  {mode}", status.name),
    };
    let mut right = String::new();
    if status.paused {
        right.push_str("paused  ");
    } else if !status.ratio.is_empty() {
        right.push_str(&format!("{}  ", status.ratio));
    }
    if !status.mouse.is_empty() {
        right.push_str(&format!("{}  ", status.mouse));
    }
    right.push_str(if status.begins { menu::HINT } else { "Ctrl-] menu" });
    // The way out goes before the guest's name, a message before all.
    let room = match status.message {
        Some(_) => columns,
        None => columns.saturating_sub(right.chars().count() + 2),
    };
    let left: String = left.chars().take(room).collect();
    let gap = columns.saturating_sub(left.chars().count() + right.chars().count()).max(2);
    format!("{left}{}{right}", " ".repeat(gap))
}

fn pad_of_text(screen: &TextScreen, view: View) -> Pad {
    let cells = (f64::from(screen.columns.max(1)), f64::from(screen.rows.max(1)));
    let begin = (view.column as f64 / cells.0, view.row as f64 / cells.1);
    let counts = (TEXT_COUNTS.0 / cells.0, TEXT_COUNTS.1);
    Pad { cells, begin, counts, meets_at_edges: true }
}

/// Counts for the dots of a picture: DOS drivers call the coarse modes 640x200 or 640x400.
fn pad_of_picture(frame: &Frame, cells: (f64, f64)) -> Pad {
    let across = if frame.width < 512 { 2 } else { 1 } * frame.width;
    let down = if frame.height < 300 { 2 } else { 1 } * frame.height;
    let counts = (f64::from(across) / cells.0, f64::from(down) / cells.1);
    Pad { cells, begin: (0.0, 0.0), counts, meets_at_edges: false }
}
