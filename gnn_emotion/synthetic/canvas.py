"""Drawing tools that the scenes share: sky, glow, rain, skyline, people."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
#: Drawn at three times the size, then made smaller, so that edges are smooth.
WIDTH, HEIGHT = 720, 540
SIZE = (WIDTH // 3, HEIGHT // 3)


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker (factor < 1) or lighter (> 1)."""
    r, g, b = (max(0, min(255, round(c * factor))) for c in colour)
    return r, g, b


def sky(top: Colour, bottom: Colour, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Return a picture that fades from one colour to another."""
    ramp = Image.linear_gradient("L").resize(size)
    return ImageOps.colorize(ramp, black=top, white=bottom)


def glow(
    image: Image.Image, centre: tuple[float, float], radius: float, colour: Colour, power: float
) -> None:
    """Add soft light around a point; ``power`` from 0 to 1."""
    mask = Image.new("L", image.size, 0)
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(mask).ellipse(box, fill=round(255 * power))
    mask = mask.filter(ImageFilter.GaussianBlur(radius / 2))
    image.paste(Image.new("RGB", image.size, colour), (0, 0), mask)


def skyline(
    rng: Random, image: Image.Image, base: int, colour: Colour, lit: Colour | None = None
) -> None:
    """Draw a row of houses that stand on the line ``base``; ``lit`` colours some windows."""
    draw, x = ImageDraw.Draw(image), -20
    while x < WIDTH:
        width, height = rng.randint(60, 120), rng.randint(90, 230)
        draw.rectangle(
            (x, base - height, x + width, base), fill=shade(colour, rng.uniform(0.8, 1.2))
        )
        for wx in range(x + 12, x + width - 16, 26):
            for wy in range(base - height + 16, base - 24, 34):
                on = lit is not None and rng.random() < 0.4
                fill = lit if on and lit else shade(colour, 0.6)
                draw.rectangle((wx, wy, wx + 12, wy + 16), fill=fill)
        x += width + rng.randint(2, 22)


def water(rng: Random, image: Image.Image, top: int, near: Colour, far: Colour) -> None:
    """Fill everything below ``top`` with water and a few waves."""
    image.paste(sky(far, near, (WIDTH, HEIGHT - top)), (0, top))
    draw = ImageDraw.Draw(image)
    for _ in range(26):
        x, y = rng.randint(-40, WIDTH), rng.randint(top + 8, HEIGHT)
        length = rng.randint(30, 120)
        draw.line((x, y, x + length, y), fill=shade(far, rng.uniform(1.05, 1.3)), width=4)


def rain(rng: Random, image: Image.Image, drops: int, colour: Colour, slant: int = 14) -> None:
    """Draw falling rain."""
    draw = ImageDraw.Draw(image)
    for _ in range(drops):
        x, y, length = rng.randint(0, WIDTH + 60), rng.randint(-30, HEIGHT), rng.randint(26, 60)
        draw.line((x, y, x - slant, y + length), fill=colour, width=3)


def person(
    image: Image.Image,
    x: float,
    ground: float,
    height: float,
    colour: Colour,
    arms_up: bool = False,
) -> None:
    """Draw a plain figure that stands on the line ``ground``."""
    draw, head = ImageDraw.Draw(image), height * 0.13
    body = (x - height * 0.14, ground - height * 0.72, x + height * 0.14, ground)
    draw.rounded_rectangle(body, radius=height * 0.1, fill=colour)
    y = ground - height * 0.86
    draw.ellipse((x - head, y - head, x + head, y + head), fill=shade((236, 200, 170), 0.95))
    if arms_up:
        for side in (-1, 1):
            hand = (x + side * height * 0.3, ground - height * 1.05)
            shoulder = (x + side * height * 0.1, ground - height * 0.64)
            draw.line((shoulder, hand), fill=colour, width=round(height * 0.09))


def finish(image: Image.Image) -> Image.Image:
    """Bring a drawing to its final size, which smooths all edges."""
    return image.resize(SIZE, Image.Resampling.LANCZOS)
