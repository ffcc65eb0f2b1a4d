//! Drawing one plot. Colours are of the palette of Okabe and Ito ("Color Universal Design", 2008), which colour-blind readers
//! tell apart, made lighter or darker for their ground; each subject has a marker of its own besides.

use std::fmt::Write;

use super::scale::{Scale, label};
use super::{Line, Plot};

const HEIGHT: f64 = 430.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 660.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 368.0;

/// The greatest value over the least from which an axis is logarithmic.
const X_SPAN: f64 = 50.0;
const Y_SPAN: f64 = 25.0;

/// Light and dark, in the order of looks: raw, Colloquy, peers.
const COLOURS: [(&str, &str); 7] = [
    ("#6b7280", "#a8b0ba"),
    ("#0072b2", "#56b4e9"),
    ("#d55e00", "#ff8b3d"),
    ("#008a65", "#2dcc9f"),
    ("#b0568c", "#e59cc8"),
    ("#a67c00", "#f0d23c"),
    ("#3c3c3c", "#dddddd"),
];

pub fn draw(plot: &Plot) -> String {
    let xs = plot
        .lines
        .iter()
        .flat_map(|line| line.points.iter().map(|point| point.0));
    let ys = plot
        .lines
        .iter()
        .flat_map(|line| line.points.iter().map(|point| point.1));
    let frame = Frame {
        x: Scale::fit(xs, X_SPAN),
        y: Scale::fit(ys, Y_SPAN),
    };
    let mut svg = head(plot);
    frame.axes(&mut svg, plot);
    for line in &plot.lines {
        frame.line(&mut svg, line);
    }
    legend(&mut svg, &plot.lines);
    svg += "</svg>\n";
    svg
}

fn head(plot: &Plot) -> String {
    // A letter is about 7.5 wide; what is too wide for the page is made smaller by it.
    let letters = plot
        .lines
        .iter()
        .map(|line| line.label.chars().count())
        .max()
        .unwrap_or(0);
    let width = RIGHT + 64.0 + 7.5 * letters as f64;
    let mut light = String::new();
    let mut dark = String::new();
    for (look, (on_light, on_dark)) in COLOURS.iter().enumerate() {
        let _ = write!(light, " .l{look}{{color:{on_light}}}");
        let _ = write!(dark, " .l{look}{{color:{on_dark}}}");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" width=\"{width}\" height=\"{HEIGHT}\" \
         role=\"img\" font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif\" font-size=\"13\">\n\
         <title>{title}</title>\n\
         <style> .ground{{fill:#ffffff}} .ink{{fill:#1f2328}} .soft{{fill:#59636e}} .grid{{stroke:#e3e7eb}} \
         .axis{{stroke:#8c959f}}{light}\n\
         @media (prefers-color-scheme: dark) {{ .ground{{fill:#12161c}} .ink{{fill:#f0f3f6}} .soft{{fill:#aeb6c0}} \
         .grid{{stroke:#2b323b}} .axis{{stroke:#6b7480}}{dark} }} </style>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"8\"/>\n\
         <text class=\"ink\" x=\"{LEFT}\" y=\"32\" font-size=\"17\" font-weight=\"600\">{title}</text>\n",
        title = escaped(&plot.title)
    )
}

struct Frame {
    x: Scale,
    y: Scale,
}

impl Frame {
    fn across(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (RIGHT - LEFT)
    }

    fn up(&self, value: f64) -> f64 {
        BOTTOM - self.y.place(value) * (BOTTOM - TOP)
    }

    fn axes(&self, svg: &mut String, plot: &Plot) {
        for tick in self.y.ticks() {
            let (y, text) = (self.up(tick), label(tick));
            let _ = writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>");
            let x = LEFT - 8.0;
            let y = y + 4.5;
            let _ = writeln!(
                svg,
                "<text class=\"soft\" x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{text}</text>"
            );
        }
        for tick in self.x.ticks() {
            let (x, text) = (self.across(tick), label(tick));
            let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>");
            let y = BOTTOM + 20.0;
            let _ = writeln!(
                svg,
                "<text class=\"soft\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>"
            );
        }
        let _ = writeln!(
            svg,
            "<path class=\"axis\" fill=\"none\" d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\"/>"
        );
        let (middle, y) = ((LEFT + RIGHT) / 2.0, BOTTOM + 45.0);
        let text = escaped(&plot.x_label) + self.x.kind();
        let _ = writeln!(
            svg,
            "<text class=\"ink\" x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>"
        );
        let (middle, text) = ((TOP + BOTTOM) / 2.0, escaped(&plot.y_label) + self.y.kind());
        let _ = writeln!(
            svg,
            "<text class=\"ink\" transform=\"translate(22 {middle}) rotate(-90)\" text-anchor=\"middle\">{text}</text>"
        );
    }

    fn line(&self, svg: &mut String, line: &Line) {
        let points: Vec<(f64, f64)> = line
            .points
            .iter()
            .map(|&(x, y)| (self.across(x), self.up(y)))
            .collect();
        stroke(svg, line, &points);
        for &(x, y) in &points {
            marker(svg, line.look, x, y);
        }
    }
}

/// Lines in the order in which they end, the highest first, as the eye meets them.
fn legend(svg: &mut String, lines: &[Line]) {
    let mut lines: Vec<&Line> = lines.iter().collect();
    let end = |line: &Line| line.points.last().map_or(0.0, |point| point.1);
    lines.sort_by(|a, b| end(b).total_cmp(&end(a)));
    let x = RIGHT + 16.0;
    let mut y = TOP + 12.0;
    for line in lines {
        stroke(svg, line, &[(x, y), (x + 26.0, y)]);
        marker(svg, line.look, x + 13.0, y);
        let (x, text_y) = (x + 34.0, y + 4.5);
        let _ = writeln!(
            svg,
            "<text class=\"ink\" x=\"{x}\" y=\"{text_y}\">{}</text>",
            escaped(&line.label)
        );
        y += 22.0;
    }
}

fn stroke(svg: &mut String, line: &Line, points: &[(f64, f64)]) {
    // Colloquy stands out; the raw limit is a bound rather than a server.
    let width = if line.look == 1 { 3.0 } else { 2.0 };
    let dash = match (line.look, line.second) {
        (_, true) => " stroke-dasharray=\"2 4\"",
        (0, false) => " stroke-dasharray=\"7 4\"",
        _ => "",
    };
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<path class=\"l{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash} \
         d=\"M{}\"/>",
        line.look % COLOURS.len(),
        path.join("L")
    );
}

fn marker(svg: &mut String, look: usize, x: f64, y: f64) {
    // Circle, disc, triangle, square, diamond, upturned triangle.
    let (class, shape) = (look % COLOURS.len(), look % 6);
    let path = match shape {
        0 | 1 => {
            let radius = if shape == 1 { 4.5 } else { 3.5 };
            let _ = writeln!(
                svg,
                "<circle class=\"l{class}\" fill=\"currentColor\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>"
            );
            return;
        }
        2 => "m0 -5.5l5 9h-10z",
        3 => "m-4 -4h8v8h-8z",
        4 => "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
        _ => "m0 5.5l5 -9h-10z",
    };
    let _ = writeln!(
        svg,
        "<path class=\"l{class}\" fill=\"currentColor\" d=\"M{x:.1} {y:.1}{path}\"/>"
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::collect;
    use crate::report::sample;

    #[test]
    fn a_plot_has_a_line_and_a_name_for_each_subject() {
        let mut plots = collect(&sample::run());
        plots[0].title = "a < b & c".into();
        let svg = draw(&plots[0]);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains(">a &lt; b &amp; c</text>"));
        for subject in ["raw limit", "Colloquy", "ws"] {
            assert!(svg.contains(&format!(">{subject}</text>")), "{subject}");
        }
        // Three points of each of three lines, and one sample of each in the legend.
        assert_eq!(svg.matches("fill=\"currentColor\"").count(), 12);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn every_point_is_within_the_frame() {
        for plot in collect(&sample::run()) {
            let points = || plot.lines.iter().flat_map(|line| line.points.clone());
            let x = Scale::fit(
                points().map(|point| point.0).collect::<Vec<_>>().into_iter(),
                X_SPAN,
            );
            let y = Scale::fit(
                points().map(|point| point.1).collect::<Vec<_>>().into_iter(),
                Y_SPAN,
            );
            for (at_x, at_y) in points() {
                assert!((0.0..=1.0).contains(&x.place(at_x)), "{}", plot.slug);
                assert!((0.0..=1.0).contains(&y.place(at_y)), "{}", plot.slug);
            }
        }
    }
}
