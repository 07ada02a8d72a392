"""Drawing the kit's heads with OpenGL (EGL, software rendering is enough): unlit colour, normals, labels, depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from .assets import Floats
from .sampler import DrawPart

_VERTEX = """#version 330
uniform mat4 clip_from_field;
in vec3 position; in vec2 uv; in vec3 normal; in float label;
out vec2 v_uv; out vec3 v_normal; flat out float v_label;
void main() {
    gl_Position = clip_from_field * vec4(position, 1.0);
    v_uv = uv; v_normal = normal; v_label = label;
}"""
_FRAGMENT = """#version 330
uniform sampler2D picture; uniform float alpha_cut;
in vec2 v_uv; in vec3 v_normal; flat in float v_label;
layout(location = 0) out vec4 o_color; layout(location = 1) out vec4 o_normal; layout(location = 2) out uvec4 o_label;
void main() {
    vec4 texel = texture(picture, v_uv);
    if (texel.a < alpha_cut) discard;
    vec3 n = normalize(v_normal) * ((gl_FrontFacing || alpha_cut > 0.0) ? 1.0 : -1.0);
    o_color = vec4(texel.rgb, 1.0);
    o_normal = vec4(n, 1.0);
    o_label = uvec4(uint(v_label + 0.5), 0u, 0u, 0u);
}"""


@dataclass(frozen=True)
class View:
    """What one camera sees. Row 0 is the top of the picture."""

    color: NDArray[np.uint8]  # [H,W,4] unlit sRGB times coverage, and the coverage
    normal: NDArray[np.float16]  # [H,W,3] times coverage, field frame
    label: NDArray[np.uint8]  # [H,W] index into PART_LABELS
    depth: Floats  # [H,W] OpenGL depth in 0..1, 1 where nothing is


@dataclass(frozen=True)
class Shot:
    """One view to draw: `clip_from_field` [4,4] for column vectors into OpenGL clip space, and its size."""

    clip_from_field: NDArray[np.float64]
    resolution: int


_Mesh = tuple[moderngl.VertexArray, moderngl.Buffer, moderngl.Texture, DrawPart]


class KitRenderer:
    """An offscreen OpenGL context that draws square views."""

    def __init__(self) -> None:
        self._gl = moderngl.create_context(standalone=True, backend="egl", require=330)
        self._program = self._gl.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._targets: dict[int, tuple[moderngl.Framebuffer, moderngl.Framebuffer]] = {}
        self._kept_pictures: dict[str, moderngl.Texture] = {}

    def draw(self, parts: list[DrawPart], shots: list[Shot]) -> list[View]:
        """One view for each shot; the parts are uploaded once."""
        gl = self._gl
        meshes: list[_Mesh] = []
        for part in parts:
            table = np.concatenate(
                [part.positions, part.uvs, part.normals, part.labels[:, None]],
                axis=1,
                dtype=np.float32,
            )
            buffer = gl.buffer(table.tobytes())
            layout = [(buffer, "3f 2f 3f 1f", "position", "uv", "normal", "label")]
            meshes.append(
                (gl.vertex_array(self._program, layout), buffer, self._texture(part), part)
            )
        views = [self._draw_one(meshes, shot) for shot in shots]
        for array, buffer, texture, part in meshes:
            array.release()
            buffer.release()
            if not part.picture_key:
                texture.release()
        return views

    def _framebuffers(self, resolution: int) -> tuple[moderngl.Framebuffer, moderngl.Framebuffer]:
        """Multisampled target and the one it is resolved into."""
        if resolution not in self._targets:
            gl, size = self._gl, (resolution, resolution)
            drawn = gl.framebuffer(
                [
                    gl.renderbuffer(size, 4, samples=4),
                    gl.renderbuffer(size, 4, samples=4, dtype="f2"),
                    gl.renderbuffer(size, 4, samples=4, dtype="u1"),
                ],
                gl.depth_renderbuffer(size, samples=4),
            )
            resolved = gl.framebuffer(
                [
                    gl.texture(size, 4),
                    gl.texture(size, 4, dtype="f2"),
                    gl.texture(size, 4, dtype="u1"),
                ],
                gl.depth_texture(size),
            )
            self._targets[resolution] = (drawn, resolved)
        return self._targets[resolution]

    def _texture(self, part: DrawPart) -> moderngl.Texture:
        if part.picture_key in self._kept_pictures:
            return self._kept_pictures[part.picture_key]
        height, width = part.picture.shape[:2]
        flipped = np.ascontiguousarray(part.picture[::-1])
        texture = self._gl.texture((width, height), 4, flipped.tobytes())
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        if part.picture_key:
            self._kept_pictures[part.picture_key] = texture
        return texture

    def _draw_one(self, meshes: list[_Mesh], shot: Shot) -> View:
        gl, program = self._gl, self._program
        drawn, resolved = self._framebuffers(shot.resolution)
        program["clip_from_field"].write(shot.clip_from_field.T.astype("f4").tobytes())
        # A mirroring matrix turns the winding around.
        gl.front_face = "ccw" if np.linalg.det(shot.clip_from_field[:3, :3]) < 0 else "cw"
        drawn.use()
        drawn.clear(0.0, 0.0, 0.0, 0.0)
        gl.enable(moderngl.DEPTH_TEST)
        for array, _, texture, part in meshes:
            texture.use()
            program["alpha_cut"].value = part.alpha_cut
            array.render()
        gl.copy_framebuffer(resolved, drawn)
        size = (shot.resolution, shot.resolution)
        return View(
            color=_read(resolved, 0, size),
            normal=_read(resolved, 1, size, np.float16)[..., :3],
            label=_read(resolved, 2, size)[..., 0],
            depth=np.frombuffer(resolved.depth_attachment.read(), np.float32).reshape(size)[::-1],
        )


def _read(
    buffer: moderngl.Framebuffer, attachment: int, size: tuple[int, int], kind: type = np.uint8
) -> NDArray[Any]:
    dtype = "f2" if kind is np.float16 else "u1" if attachment == 2 else "f1"
    data = buffer.read(components=4, attachment=attachment, dtype=dtype)
    return np.frombuffer(data, kind).reshape(*size, 4)[::-1]
