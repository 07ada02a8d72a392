"""Puts labelled pictures side by side on one neutral sheet."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS = 3
GAP = 12
LABEL_HEIGHT = 34
PAPER = (226, 226, 228)
BACKDROP_TOP = (206, 207, 210)
BACKDROP_BOTTOM = (168, 170, 174)
INK = (40, 42, 46)


def write_sheet(pictures: dict[str, Image.Image], path: Path, pixels: int, title: str) -> None:
    """Writes a sheet of square tiles in reading order, each under its label."""
    rows = -(-len(pictures) // COLUMNS)
    tile_height = pixels + LABEL_HEIGHT
    width = COLUMNS * pixels + (COLUMNS + 1) * GAP
    height = LABEL_HEIGHT + rows * tile_height + (rows + 1) * GAP
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, LABEL_HEIGHT // 2 + 4), title, fill=INK, font=font(22), anchor="lm")
    for index, (label, picture) in enumerate(pictures.items()):
        row, column = divmod(index, COLUMNS)
        x = GAP + column * (pixels + GAP)
        y = LABEL_HEIGHT + GAP + row * (tile_height + GAP)
        sheet.paste(on_backdrop(picture, pixels), (x, y))
        middle = y + pixels + LABEL_HEIGHT // 2
        draw.text((x + 2, middle), label, fill=INK, font=font(18), anchor="lm")
    sheet.save(path)


def on_backdrop(picture: Image.Image, pixels: int) -> Image.Image:
    """Lays a picture, fitted into the square, over a soft vertical gradient."""
    ramp = Image.linear_gradient("L").resize((pixels, pixels))
    size = (pixels, pixels)
    tile = Image.composite(
        Image.new("RGB", size, BACKDROP_BOTTOM), Image.new("RGB", size, BACKDROP_TOP), ramp
    )
    scale = pixels / max(picture.size)
    fitted = picture.convert("RGBA").resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
    )
    corner = ((pixels - fitted.width) // 2, (pixels - fitted.height) // 2)
    tile.paste(fitted, corner, fitted)
    return tile


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Returns the font that comes with Pillow."""
    return ImageFont.load_default(size)
