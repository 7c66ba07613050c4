"""What a member's message about a merge may say that only the merge knows."""

from accounts import registries


@registries.audience.register("account.merged")
@registries.audience.register("account.unmerged")
def merge_values(event):
    return {"survivor_number": event.payload["survivor"]}
