import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.html import BLOCKS, ELEMENTS, INLINE, MAX_DEPTH, balance
from core.markdown import excerpt, render
from tests.model.harmless import SeenHtml, assert_harmless

_PIECES = st.sampled_from(
    [
        *[f"<{name}>" for name in sorted(ELEMENTS | {"script", "style", "iframe", "svg", "form", "x-y"})],
        *[f"</{name}>" for name in sorted(ELEMENTS | {"script", "style", "svg"})],
        "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>", "<a href=' JaVa\tScript:x'>",
        "[x](javascript:x)",
        "<b style='color:red' onclick=x>", "<div id=body class=x>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "<!A",
        "[^1]", "\n\n[^1]: ", "- [ ] ", "- [x] ", "| a | b |\n|:-|-:|\n| c | d |\n", "```", "`", "\n", "\n\n", "    ",
        "# ", "> ", "1. ", "*", "**", "_", "[", "](", ")", "![", "&lt;", "&#0;", "&#x3c;script&#x3e;",
        "<", ">", '"', "'",
        "=",
        "<http://x>", "\x00", "\ud800", "\x85",
        "\u2028", "é", "語", "text ", "\\",
    ]
)  # fmt: skip
_HOSTILE = st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join))


def test_markdown_becomes_html_text_and_a_count_of_words() -> None:
    rendered = render("# Hello\n\nA *brave*\nnew **world** of `code`.")
    assert rendered.html == (
        "<h1>Hello</h1>\n<p>A <em>brave</em>\nnew <strong>world</strong> of <code>code</code>.</p>\n"
    )
    assert rendered.text == "Hello A brave new world of code."
    assert rendered.word_count == 7


def test_a_table_keeps_its_alignment_and_its_cells_stay_apart() -> None:
    rendered = render("| a | b |\n|:--|--:|\n| c | d |")
    assert '<th align="left">a</th><th align="right">b</th>' in rendered.html
    assert "style" not in rendered.html
    assert rendered.text == "a b c d"


def test_a_footnote_is_linked_and_its_number_is_no_text() -> None:
    rendered = render("Said[^so] here.\n\n[^so]: By *whom*?")
    assert '<a href="#fn-so"' in rendered.html
    assert 'id="fn-so"' in rendered.html
    assert rendered.text == "Said here. By whom?"


def test_tasks_are_boxes_that_nobody_can_tick() -> None:
    html = render("- [ ] open\n- [x] done\n").html
    boxes = [attributes for tag, attributes in SeenHtml(html).tags if tag == "input"]
    assert [("checked" in box, "disabled" in box, box["type"]) for box in boxes] == [
        (False, True, "checkbox"),
        (True, True, "checkbox"),
    ]


def test_code_keeps_its_language_and_nothing_else_of_a_class() -> None:
    html = render('```c++\nx < y\n```\n\n<code class="evil">a</code> <div class="evil">b</div>').html
    assert '<code class="language-c++">x &lt; y' in html
    assert "evil" not in html


def test_an_id_cannot_name_what_is_not_a_footnote() -> None:
    html = render('<div id="app">x</div>\n\n<p id="app">y</p>').html
    assert 'id="app"' not in html


def test_links_get_a_rel_and_only_harmless_schemes() -> None:
    html = render(
        "[a](https://a.example) [b](/b) [c](mailto:c@d.example) [d](javascript:alert) [e](data:text/html,x)"
    ).html
    links = [attributes for tag, attributes in SeenHtml(html).tags if tag == "a"]
    assert [link.get("href") for link in links] == ["https://a.example", "/b", "mailto:c@d.example", None, None]
    assert {link["rel"] for link in links} == {"noopener noreferrer"}


def test_what_scripts_styles_and_frames_hold_is_gone_with_them() -> None:
    rendered = render(
        "a\n\n<script>steal()</script>\n\n<style>p{}</style>\n\n<iframe src=x>in</iframe>\n\nb <!-- c --> d"
    )
    assert rendered.text == "a b d"


def test_raw_html_of_an_article_is_kept() -> None:
    source = "<details open><summary>More</summary>\n\nHidden *here*.\n\n</details>\n\nPress <kbd>x</kbd>."
    html = render(source).html
    assert '<details open=""><summary>More</summary>\n<p>Hidden <em>here</em>.</p>\n</details>' in html
    assert "<kbd>x</kbd>" in html


@pytest.mark.parametrize(
    ("html", "balanced"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
        ("<p><b>a</p>b", "<p><b>a</b></p>b"),
        ("<b><i>a</b></i>", "<b><i>a</i></b>"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
        ("<table><b>x</b></table>", "<table>x</table>"),
        ("<td>x</td></div>y", "xy"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<a href=1>x<a href=2>y", "<a href=1>x</a><a href=2>y</a>"),
        ("1 < 2 <!-- x -> y", "1 &lt; 2 &lt;!-- x -> y"),
        ("<unknown>a</unknown><script>b</script>", "a"),
    ],
)  # fmt: skip
def test_html_is_balanced_as_browsers_would_read_it(html: str, balanced: str) -> None:
    assert balance(html) == balanced


@given(_HOSTILE)
def test_rendering_is_total_deterministic_and_harmless(source: str) -> None:
    rendered = render(source)
    assert rendered == render(source)
    assert_harmless(rendered.html)
    assert not re.search("[\x00\ud800-\udfff]", rendered.text)
    assert rendered.text == " ".join(rendered.text.split())
    assert rendered.word_count == len(rendered.text.split())


@given(_HOSTILE)
def test_the_sanitiser_finds_nothing_to_repair_in_balanced_html(source: str) -> None:
    balanced = balance(source)
    assert balance(balanced) == balanced
    seen = SeenHtml(balanced)
    assert seen.depth == 0
    assert seen.deepest <= MAX_DEPTH


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_plain_words_come_through_unchanged(word: str) -> None:
    assert render(word).text == word


@pytest.mark.parametrize(
    "piece",
    [
        *"[<>*`&|", "*a**a", "![", "[](", "> ", "- ", "- [ ] a\n", "<div>", "<b>", "<ul><li>", "<b a=1><p>", "[^a]",
        "<table><b></b>", "<table>", "<a x='", "<!--", "|a", "<p>", "a\n-\n", "~~~\n", "[a]: b\n", "<b><p></b></p>",
    ],
)  # fmt: skip
def test_a_great_deal_of_anything_comes_to_an_end(piece: str) -> None:
    rendered = render(piece * (200_000 // len(piece)))
    assert len(rendered.html) < 20_000_000


def test_deep_nesting_keeps_its_text() -> None:
    rendered = render("> " * 500 + "inmost")
    assert rendered.text == "inmost"
    assert SeenHtml(rendered.html).deepest == MAX_DEPTH
    assert render("<b>x" * 5_000).text == "x" * 5_000


def test_a_text_that_would_grow_without_measure_is_shown_as_typed() -> None:
    source = "[^a]: " + "note " + "\n\n" + "[^a]" * 50_000
    rendered = render(source)
    assert rendered.html.startswith("<p>[^a]: note")
    assert len(rendered.html) < 2 * len(source)


def test_a_long_post_is_rendered_and_not_shown_as_typed() -> None:
    source = "## A heading\n\nSome *text* with a [link](https://a.example/b) and `code`.\n\n" * 12_000
    assert len(source) > 850_000
    assert render(source).html.count("<h2>") == 12_000


def test_blocks_and_inline_elements_are_apart() -> None:
    assert not BLOCKS & INLINE


def test_an_excerpt_ends_between_words() -> None:
    assert excerpt("one two three", limit=9) == "one two…"
    assert excerpt("one two", limit=7) == "one two"
    assert excerpt("one, two three", limit=6) == "one…"
    assert excerpt("unbreakable", limit=5) == "unbr…"


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_an_excerpt_is_within_its_limit_and_begins_as_the_text(text: str, limit: int) -> None:
    cut = excerpt(text, limit)
    assert len(cut) <= limit
    assert " ".join(text.split()).startswith(cut.removesuffix("…"))
