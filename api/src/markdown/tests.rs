//! What becomes of Markdown, what becomes of attacks, and how long it takes.

use std::time::{Duration, Instant};

use super::{ELEMENTS, html};

const LINK: &str = "target=\"_blank\" rel=\"noopener noreferrer nofollow\"";

#[test]
fn markdown_as_people_write_it() {
    let link = |url: &str, text: &str| format!("<a href=\"{url}\" {LINK}>{text}</a>");
    for (text, expected) in [
        ("", String::new()),
        ("a & b", "<p>a &amp; b</p>\n".into()),
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>\n".into()),
        ("*a* **b** ~~c~~ `d<`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d&lt;</code></p>\n".into()),
        ("# a\n\n### b\n\n###### c", "<h3>a</h3>\n<h5>b</h5>\n<h6>c</h6>\n".into()),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n".into()),
        ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n".into()),
        ("- [x] a\n- [ ] b", "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>\n".into()),
        ("> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n".into()),
        ("```rust\nlet a;\n```", "<pre><code class=\"language-rust\">let a;\n</code></pre>\n".into()),
        ("```rust,ignore x\n```", "<pre><code class=\"language-rust\"></code></pre>\n".into()),
        ("```\"onclick=x\n```", "<pre><code></code></pre>\n".into()),
        ("    indented", "<pre><code>indented\n</code></pre>\n".into()),
        (
            "a|b\n:-:|-\nc|d",
            "<table>\n<thead>\n<tr>\n<th align=\"center\">a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n\
             <td align=\"center\">c</td>\n<td>d</td>\n</tr>\n</tbody>\n</table>\n"
                .into(),
        ),
        ("[a](https://b.example \"title\")", format!("<p>{}</p>\n", link("https://b.example", "a"))),
        (
            "HTTPS://b.example",
            format!("<p>{}</p>\n", link("HTTPS://b.example", "HTTPS://b.example")),
        ),
        ("[a](HTTPS://b.example)", format!("<p>{}</p>\n", link("HTTPS://b.example", "a"))),
        ("www.b.example", format!("<p>{}</p>\n", link("http://www.b.example", "www.b.example"))),
        ("ann@b.example", format!("<p>{}</p>\n", link("mailto:ann@b.example", "ann@b.example"))),
        ("see [1][2] and [3]", "<p>see [1][2] and [3]</p>\n".into()),
        ("@ann and @bot", "<p>@ann and @bot</p>\n".into()),
    ] {
        assert_eq!(html(text), expected, "{text:?}");
    }
}

#[test]
fn images_are_links_or_their_text() {
    let link = |url: &str, text: &str| format!("<p><a href=\"{url}\" {LINK}>{text}</a></p>\n");
    for (text, expected) in [
        ("![a *b*](http://c/d.png)", link("http://c/d.png", "a <em>b</em>")),
        ("![](http://c/d.png)", link("http://c/d.png", "http://c/d.png")),
        ("![a](d.png)", "<p>a</p>\n".into()),
        ("![a](data:image/png;base64,AAAA)", "<p>a</p>\n".into()),
        ("![a](/api/ws)", "<p>a</p>\n".into()),
        ("[![a](http://c/d.png)](http://e)", link("http://e", "a")),
        (
            "![a [b](http://c)](http://d)",
            link("http://c", "b").replace("<p>", "<p>a "),
        ),
        ("![![a](http://b)](http://c)", link("http://c", "a")),
        ("![a][r]\n\n[r]: http://c/d.png", link("http://c/d.png", "a")),
    ] {
        assert_eq!(html(text), expected, "{text:?}");
    }
}

#[test]
fn raw_html_is_shown_and_not_obeyed() {
    for (text, expected) in [
        ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"),
        (
            "<div>\n<p>a\n</div>",
            "<p>&lt;div&gt;<br>\n&lt;p&gt;a<br>\n&lt;/div&gt;</p>\n",
        ),
        ("<!-- a -->", "<p>&lt;!-- a --&gt;</p>\n"),
        ("- <hr>", "<ul>\n<li>&lt;hr&gt;</li>\n</ul>\n"),
    ] {
        assert_eq!(html(text), expected, "{text:?}");
    }
}

/// Each with something in it that would act in a careless page.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x` `<script>alert(1)</script>\"` `>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text y=9>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"jav&#x0A;ascript:alert(1)\">x</a>",
    "<base href=javascript:/a/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<div style=background:url(javascript:alert(1))>x</div>",
    "<p id=app class=admin name=x>x</p>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><svg onload=alert(1)>\">",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml version=1?><img src=x onerror=alert(1)>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>",
    "<x onclick=alert(1)>x</x>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "</p></div></body><script>alert(1)</script>",
    "<p\u{0}onclick=alert(1)>x",
    "\u{feff}<script>alert(1)</script>",
    "<ſcript>alert(1)</ſcript>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](\u{1}javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://a.example/1)",
    "[x](//evil.example)",
    "[x](/api/auth/logout)",
    "[x](https:/api/auth/logout)",
    "[x](http:console)",
    "[x](?a=b#c)",
    "[x](https://a.example\" onclick=\"alert(1))",
    "[x](<https://a.example\" onclick=\"alert(1)>)",
    "[x](https://a.example 'onclick=\"alert(1)\"')",
    "[x](https://a.example \"\" onclick=alert(1) \"\")",
    "[x\" onclick=\"alert(1)](https://a.example)",
    "[<img src=x onerror=alert(1)>](https://a.example)",
    "![x\" onerror=\"alert(1)](https://a.example/a.png)",
    "![x](https://a.example/a.png\"onerror=\"alert(1))",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<https://a.example/\"onclick=alert(1)>",
    "https://a.example/\"onmouseover=alert(1)",
    "https://a.example/<script>alert(1)</script>",
    "www.a.example/'onclick='alert(1)",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]: https://a.example 'a\" onclick=\"alert(1)'\n\n[x]",
    "```\"><script>alert(1)</script>\nx\n```",
    "```js\" onclick=\"alert(1)\nx\n```",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "```math\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "`` `</code><svg onload=alert(1)> ``",
    "| <script>alert(1)</script> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |",
    "# <svg onload=alert(1)>\n\n<h1 onclick=alert(1)>x</h1>",
    "# x {#id .class onclick=alert(1)}",
    "- [x] <input type=checkbox onfocus=alert(1) autofocus>",
    "> <script>\n> alert(1)\n> </script>",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script>alert(1)</script>",
    "<a\n\nhref=javascript:alert(1)>x",
    "*<img src=x\nonerror=alert(1)>*",
    "{{constructor.constructor('alert(1)')()}}",
    "$\\href{javascript:alert(1)}{x}$",
];

#[test]
fn of_an_attack_nothing_is_left_but_text() {
    assert!(ATTACKS.len() >= 40);
    for attack in ATTACKS {
        harmless(attack);
        // Within what surrounds it.
        for around in [
            "- {}",
            "> {}",
            "1. *{}*",
            "|a|\n|-|\n|{}|",
            "[{}](https://a.example)",
            "![{}](https://a.example)",
            "a\n{}\nb",
        ] {
            harmless(&around.replace("{}", attack));
        }
    }
}

/// Reads the HTML anew, in a stricter way than any browser: every `<` begins one of our elements, with no attributes but ours, and
/// what was opened is closed.
fn harmless(text: &str) {
    let html = html(text);
    let mut open: Vec<&str> = Vec::new();
    let mut parts = html.split('<');
    let before = parts.next().unwrap();
    assert!(!before.contains('>'), "{text:?}: {html}");
    for part in parts {
        let (tag, rest) = part.split_once('>').unwrap_or_else(|| panic!("{text:?}: {html}"));
        assert!(!rest.contains('>'), "{text:?}: {html}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{text:?}: {html}");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(ELEMENTS.contains(&name), "{text:?}: {html}");
        assert!(are_ours(name, attributes), "{text:?}: {html}");
        if !["br", "hr"].contains(&name) {
            assert!(name != "a" || !open.contains(&"a"), "{text:?}: {html}");
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{text:?}: {html}");
}

fn are_ours(element: &str, attributes: &str) -> bool {
    let value = |name: &str| {
        let value = attributes
            .strip_prefix(name)?
            .strip_prefix("=\"")?
            .strip_suffix('"')?;
        (!value.contains('"')).then_some(value)
    };
    match element {
        "a" => {
            let url = attributes
                .strip_suffix(LINK)
                .and_then(|href| href.strip_prefix("href=\"")?.strip_suffix("\" "));
            let schemes = ["http://", "https://", "mailto:"];
            url.is_some_and(|url| !url.contains('"') && schemes.iter().any(|scheme| url.starts_with(scheme)))
        }
        "code" if !attributes.is_empty() => value("class").is_some_and(|class| {
            let language = class.strip_prefix("language-");
            language.is_some_and(|name| {
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+#._-".contains(&byte))
            })
        }),
        "ol" if !attributes.is_empty() => value("start").is_some_and(|start| start.parse::<u32>().is_ok()),
        "td" | "th" if !attributes.is_empty() => {
            value("align").is_some_and(|align| ["left", "center", "right"].contains(&align))
        }
        _ => attributes.is_empty(),
    }
}

/// In the twentieth part of the longest text, since this is not optimised: what took time beyond measure would do so here too.
#[test]
fn what_is_made_to_take_long_or_grow_is_bounded() {
    const SIZE: usize = 12 * 1024;
    let many = |part: &str, share: usize| part.repeat(SIZE / share / part.len());
    let mut texts: Vec<String> = [
        "[",
        "![",
        ">",
        "*",
        "*a ",
        "*a _b",
        "a**b",
        "~~a",
        "`",
        "`a",
        "](",
        "[a](",
        "[a](<b",
        "![[]()",
        "<",
        "<a b='",
        "<!--",
        "<?",
        "- ",
        "- > ",
        "1) ",
        "|",
        "|a\n",
        "x|y\n-|-\n",
        "www.",
        "http://a.",
        "a@",
        "a@a.",
        "&",
        "&#1",
        "\"",
        "\\",
        "a\n",
        "# a\n",
        "```\n",
        "<div>\n\n",
        "[a]: u\n",
        "\t",
        "\r",
        "***a**b* ",
    ]
    .iter()
    .map(|part| many(part, 1))
    .collect();
    texts.push(format!("{}a{}", many("[", 3), many("](http://u)", 2)));
    texts.push(format!("{}a{}", many("![", 4), many("](http://u)", 2)));
    texts.push(format!("{}{}", many(">", 2), many("\n>a", 2)));
    texts.push(format!(
        "{}\n{}\n{}",
        many("|a", 4),
        many("|-", 4),
        many("|\n", 2)
    ));
    texts.push(format!(
        "{}\n{}\n{}",
        many("|a", 4),
        many("|-", 4),
        many("x|\n", 2)
    ));
    texts.push(format!("[a]: http://{}\n\n{}", many("x", 2), many("[a]", 2)));
    texts.push((1..150).map(|count| "`".repeat(count) + "a").collect());
    texts.push((1..150).map(|depth| " ".repeat(depth) + "- a\n").collect());
    for text in &texts {
        let started = Instant::now();
        let html = html(text);
        let took = started.elapsed();
        let start: String = text.chars().take(20).collect();
        assert!(took < Duration::from_secs(5), "{start:?}: {took:?}");
        assert!(
            html.len() <= 3 * (16 * text.len() + 64 * 1024),
            "{start:?}: {}",
            html.len()
        );
        harmless(text);
    }
}

#[test]
fn what_nests_too_deeply_is_shown_as_it_was_typed() {
    let quotes = |depth: usize| format!("{} <a>\nb", ">".repeat(depth));
    assert!(html(&quotes(20)).starts_with("<blockquote>\n<blockquote>"));
    let deep = html(&quotes(40));
    assert!(deep.starts_with("<p>&gt;&gt;"), "{deep}");
    assert!(deep.ends_with("&lt;a&gt;<br>\nb</p>\n"), "{deep}");
    assert_eq!(html(&"*a ".repeat(40)).matches("<em>").count(), 0);
}
