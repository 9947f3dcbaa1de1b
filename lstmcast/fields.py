"""What settings are made of: sections, and fields with bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lstmcast.levels import in_order

MOST_LAYERS = 16
# A model file from a stranger must not be able to ask for all the memory there is.
Steps = Annotated[int, Field(ge=1, le=100_000)]
Width = Annotated[int, Field(ge=1, le=8_192)]
Depth = Annotated[int, Field(ge=1, le=MOST_LAYERS)]
Members = Annotated[int, Field(ge=1, le=64)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Levels = Annotated[tuple[float, ...], AfterValidator(in_order)]
Bound = Annotated[float, Field(allow_inf_nan=False)]


class Section(BaseModel):
    """A frozen group of settings that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
