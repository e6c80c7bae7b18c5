from core.once import once


class Blog:
    made = 0

    @once
    def title(self) -> str:
        """What it is called."""
        self.made += 1
        return f"title {self.made}"


def test_an_attribute_is_made_once_for_each_object() -> None:
    one, other = Blog(), Blog()
    assert (one.title, one.title, other.title) == ("title 1", "title 1", "title 1")
    assert (one.made, other.made) == (1, 1)


def test_it_is_not_made_before_somebody_asks() -> None:
    assert Blog().made == 0


def test_it_keeps_its_description() -> None:
    assert Blog.title.__doc__ == "What it is called."
